// Package statsigtest is the simulated Console API for tests: what package
// simulate answers, a rate limit, a log of the requests, keys that can be
// rotated, a storage that envelopes and redirects lead to, and faults that can
// be injected.
package statsigtest
