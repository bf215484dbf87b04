// Package statsigtest simulates the part of Statsig's Console API that the
// exporter reads: the usage and billing report of a project. Tests and the
// demo use it in place of the real one.
//
// A [Server] is only an http.Handler: a test mounts it with
// httptest.NewServer, the demo on a loopback listener of its own. It starts no
// goroutine and keeps no usage in memory: every number follows from the seed,
// the series and the day, so that the same question, asked at the same time,
// always has the same answer.
//
// The columns of a real report are documented nowhere; those of this one
// ([Columns]) are what such an export plausibly has, no more. A report has one
// row per day and series; a window of at most an hour has one row per series,
// whose date cell is then the instant at which the window starts. Windows may
// be cut anywhere: what two adjoining windows hold adds up exactly to what
// their union holds.
package statsigtest
