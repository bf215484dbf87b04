# syntax=docker/dockerfile:1
# The image of statsig_exporter: the static binary on distroless, as a user without rights.
#
#   docker build -t statsig_exporter .                   from these sources
#   docker build --target=release ...                    from binaries that a release has built (.goreleaser.yml)
#
# The base images are pinned by tag. For a build that nobody else can change, give them with their digests:
#   --build-arg GO_IMAGE=golang:1.26.8@sha256:... --build-arg BASE_IMAGE=gcr.io/distroless/static-debian13:nonroot@sha256:...
ARG GO_IMAGE=golang:1.26.8
ARG BASE_IMAGE=gcr.io/distroless/static-debian13:nonroot

# Go compiles for any platform on the one that builds, so nothing is emulated.
FROM --platform=$BUILDPLATFORM ${GO_IMAGE} AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
COPY . .
ARG TARGETOS
ARG TARGETARCH
ARG TARGETVARIANT
ARG VERSION
ARG REVISION
ARG BRANCH
# Seconds since 1970 of the commit, so that the same sources make the same bytes.
ARG SOURCE_DATE_EPOCH=0
# A release has the same flags: see .goreleaser.yml.
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/go/cache \
    GOCACHE=/go/cache CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH GOARM=${TARGETVARIANT#v} GOTOOLCHAIN=local \
    go build -trimpath -buildvcs=false -o /out/statsig_exporter -ldflags="-s -w \
      -X github.com/prometheus/common/version.Version=$VERSION \
      -X github.com/prometheus/common/version.Revision=$REVISION \
      -X github.com/prometheus/common/version.Branch=$BRANCH \
      -X github.com/prometheus/common/version.BuildDate=$(date -u -d @$SOURCE_DATE_EPOCH +%Y-%m-%dT%H:%M:%SZ)" .

# The base has certificates, time zones and /tmp, where reports are spooled.
FROM ${BASE_IMAGE} AS runtime
ARG VERSION
ARG REVISION
LABEL org.opencontainers.image.title="statsig_exporter" \
      org.opencontainers.image.description="Prometheus exporter for the usage that Statsig bills" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"
USER 65532:65532
# The user's own, so that a volume mounted here can be written: --storage.path.
WORKDIR /var/lib/statsig_exporter
EXPOSE 10782
# No HEALTHCHECK: it would need a shell or a client in here. /-/healthy and /-/ready are for probes from outside.
ENTRYPOINT ["/usr/bin/statsig_exporter"]

FROM runtime AS release
ARG TARGETPLATFORM
COPY $TARGETPLATFORM/statsig_exporter /usr/bin/statsig_exporter

FROM runtime
COPY --from=build /out/statsig_exporter /usr/bin/statsig_exporter
