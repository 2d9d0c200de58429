exports.last = (messages) => {
  const { content } = messages[messages.length - 1];
  return typeof content === "string" ? content : content.filter((p) => p.type === "text").map((p) => p.text).join(" ");
};
