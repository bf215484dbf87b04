// Package statsig is a client of one operation of Statsig's Console API: the
// usage and billing report of a project, for a window of time.
//
// It knows the address, the key, the encoding of the window, the rate limits,
// what to retry and what to refuse, and hands out the report as a stream. It
// does not know what a report means, and it neither logs nor reads files.
//
// No error of this package carries a key, or more of another host's address
// than its origin.
package statsig
