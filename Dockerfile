# wireloom in an image without a shell, a package manager or a user who may do anything: one static file, the certificates
# of the web's authorities, and the time zones.
#
#   docker build -t wireloom .
#   docker run --rm --read-only -p 127.0.0.1:3456:3456 -e WIRELOOM_APIKEY -v "$PWD/config:/config:ro" -v wireloom:/data wireloom

FROM rust:1.95-bookworm AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends musl-tools \
    && rm -rf /var/lib/apt/lists/*
RUN rustup target add "$(uname -m)-unknown-linux-musl"
WORKDIR /src
COPY . .
# The caches outlive the image's layers, so that a changed line does not compile all libraries again.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    target="$(uname -m)-unknown-linux-musl" \
    && cargo build --release --locked --bin wireloom --target "$target" \
    && install -D "target/$target/release/wireloom" /image/wireloom \
    && mkdir -p /image/config /image/data

FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /image/wireloom /wireloom
COPY --from=build /image/config /config
COPY --from=build --chown=nonroot:nonroot /image/data /data
# Records and logs are written below HOME, and nothing anywhere else.
ENV HOME=/data \
    WIRELOOM_CONFIG=/config/config.json5 \
    WIRELOOM_HOST=0.0.0.0
VOLUME /data
EXPOSE 3456
USER nonroot
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 CMD ["/wireloom", "status"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["/wireloom"]
CMD ["start"]
