# Shortcuts for .ci/run, which holds every check.

.PHONY: build test lint check full

build:
	CGO_ENABLED=0 go build -trimpath .

test:
	.ci/run test

lint:
	.ci/run format lint

check:
	.ci/run

full:
	.ci/run full
