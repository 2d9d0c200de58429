module.exports = { table: require("./table"), ...require("./words.js") };
