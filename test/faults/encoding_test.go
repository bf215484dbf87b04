//go:build faults

package faults_test

import (
	"bytes"
	"strings"
	"testing"
)

func TestTruncation(t *testing.T) {
	half := goodReport[:len(goodReport)/2]
	zipped := string(squeeze(goodReport))
	gzipped := "Content-Encoding: gzip"
	runAll(t, []scenario{
		{name: "shorter than its length", want: networkError, says: "unexpected EOF", serve: raw(header(length(len(goodReport))), half)},
		{name: "one byte shorter than its length", want: networkError, serve: raw(header(length(len(goodReport)+1)), goodReport)},
		{
			name: "cut between two rows with a length", want: networkError,
			serve: raw(header(length(len(goodReport))), goodReport[:strings.LastIndex(goodReport, "refund")]),
		},
		{name: "chunked without the last chunk", want: networkError, serve: raw(header(chunked), chunk(goodReport))},
		{name: "chunked and cut in a chunk", want: networkError, serve: raw(header(chunked), "fff\r\n", half)},
		{
			name: "cut before the last field of the only row", want: invalidReport, says: "cut off",
			serve: raw(header(), "Event Name,Billable Events,Project\ncheckout,12"),
		},
		{
			name: "cut in a row without a length", want: invalidReport, says: "cut off",
			serve: raw(header(), goodReport[:strings.Index(goodReport, "300.5")]),
		},
		{
			name: "cut in a quote without a length", want: invalidReport, says: "never closed",
			serve: raw(header(), goodReport[:strings.Index(goodReport, "pro")]),
		},
		{name: "an empty body with a length", want: networkError, serve: raw(header(length(50)))},
		{name: "gzip cut in its data, close-delimited", want: networkError, serve: raw(header(gzipped), zipped[:len(zipped)/2])},
		{name: "gzip without its trailer, close-delimited", want: networkError, serve: raw(header(gzipped), zipped[:len(zipped)-8])},
		{name: "gzip without the last byte of its trailer", want: networkError, serve: raw(header(gzipped), zipped[:len(zipped)-1])},
		{name: "gzip that is shorter than its length", want: networkError, serve: raw(header(gzipped, length(len(zipped)+1)), zipped)},
		{name: "gzip cut in its header", want: networkError, or: invalidReport, serve: raw(header(gzipped), zipped[:5])},
		{name: "a second gzip member that is cut", want: networkError, serve: raw(header(gzipped), zipped, zipped[:20])},
	})
}

func TestChunks(t *testing.T) {
	runAll(t, []scenario{
		{name: "chunks of one byte", want: success, serve: func(x *exchange) {
			x.say(header(chunked))
			for i := range len(goodReport) {
				x.say(chunk(goodReport[i : i+1]))
			}
			x.say("0\r\n\r\n")
		}},
		{
			name: "chunk extensions and trailers", want: success,
			serve: raw(header(chunked, "Trailer: X-Sum"), "5;name=value\r\n", goodReport[:5], "\r\n", chunk(goodReport[5:]), "0\r\nX-Sum: KEY\r\n\r\n"),
		},
		{name: "a chunk size that is no number", want: networkError, serve: raw(header(chunked), "xyz\r\n", goodReport)},
		{name: "a chunk size beyond 64 bits", want: networkError, serve: raw(header(chunked), strings.Repeat("f", 20), "\r\n", goodReport)},
		{name: "a chunk size of 8 EiB", want: networkError, serve: raw(header(chunked), "7fffffffffffffff\r\n", goodReport)},
		{name: "a negative chunk size", want: networkError, serve: raw(header(chunked), "-5\r\n", goodReport)},
		{name: "a chunk longer than it says", want: networkError, serve: raw(header(chunked), "5\r\n", goodReport, "\r\n0\r\n\r\n")},
		{name: "endless chunk extensions", want: networkError, serve: endless(header(chunked)+"5;", strings.Repeat("x", 4096))},
		{name: "endless trailers", want: networkError, serve: endless(header(chunked)+chunk(goodReport)+"0\r\n", strings.Repeat("X-T: t\r\n", 512))},
		{name: "a transfer encoding that is not known", want: networkError, serve: raw(header("Transfer-Encoding: gzip, chunked"), chunk(goodReport), "0\r\n\r\n")},
		{name: "chunked and a length", want: success, or: networkError, serve: raw(header(chunked, length(3)), chunk(goodReport), "0\r\n\r\n")},
		{name: "garbage after the last chunk", want: success, serve: raw(header(chunked), chunk(goodReport), "0\r\n\r\nHTTP/1.1 500 Smuggled\r\n\r\n")},
	})
}

func TestCompression(t *testing.T) {
	zipped := squeeze(goodReport)
	flip := func(at int) []byte {
		bad := bytes.Clone(zipped)
		bad[(at+len(bad))%len(bad)] ^= 0xff
		return bad
	}
	two := append(squeeze(goodReport[:40]), squeeze(goodReport[40:])...)
	with := func(encoding string, body []byte) func(x *exchange) {
		return func(x *exchange) { x.encoded(200, encoding, "text/csv", body) }
	}
	bomb := func(block string, times int) []byte { return bytes.Repeat(squeeze(block), times) }
	small := "max_report_bytes: 4MiB"
	runAll(t, []scenario{
		{name: "gzip", want: success, serve: with("gzip", zipped)},
		{name: "gzip in capitals", want: success, serve: with("X-GZIP", zipped)},
		{name: "gzip of several members", want: success, serve: with("gzip", two)},
		{name: "gzip that is not announced", want: success, serve: with("", zipped)},
		{name: "gzip twice, announced", want: invalidReport, serve: with("gzip, gzip", squeeze(string(zipped)))},
		{name: "gzip twice, announced once", want: invalidReport, serve: with("gzip", squeeze(string(zipped)))},
		{name: "gzip announced, plain text sent", want: invalidReport, serve: with("gzip", []byte(goodReport))},
		{name: "an encoding that nobody asked for", want: invalidReport, says: "br", serve: with("br", zipped)},
		{name: "deflate announced, gzip sent", want: invalidReport, serve: with("deflate", zipped)},
		{name: "garbage for an encoding", want: invalidReport, serve: with("\xff\xfe;q=1", zipped)},
		{name: "gzip with garbage behind it", want: invalidReport, serve: with("gzip", append(bytes.Clone(zipped), "garbage"...))},
		{name: "gzip with zeros behind it", want: invalidReport, serve: with("gzip", append(bytes.Clone(zipped), make([]byte, 512)...))},
		{name: "gzip with corrupt data", want: invalidReport, serve: with("gzip", flip(len(zipped)/2))},
		{name: "gzip with a wrong checksum", want: invalidReport, serve: with("gzip", flip(-8))},
		{name: "gzip with a wrong size", want: invalidReport, serve: with("gzip", flip(-1))},
		{name: "gzip of nothing", want: noData, serve: with("gzip", squeeze(""))},
		{
			name: "a gzip bomb of rows", want: invalidReport, says: "larger than the limit", api: small,
			serve: with("gzip", append(squeeze("a,b\n"), bomb(strings.Repeat("x,1\n", 1<<18), 1000)...)),
		},
		{
			name: "a gzip bomb of one cell", want: invalidReport, says: "row is longer than 16 MiB",
			serve: with("gzip", bomb(strings.Repeat("x", 1<<20), 1000)),
		},
		{
			name: "a gzip bomb of blank lines", want: invalidReport, api: small, says: "larger than the limit",
			serve: with("gzip", bomb(strings.Repeat("\n", 1<<20), 1000)),
		},
		{name: "a gzip bomb of empty members", want: noData, serve: with("gzip", bomb("", 100000))},
		{name: "a gzip bomb for an envelope", want: invalidReport, says: "envelope is larger", serve: func(x *exchange) {
			x.encoded(200, "gzip", "application/json", append(squeeze("{"), bomb(strings.Repeat(" ", 1<<20), 1000)...))
		}},
		{name: "a gzip bomb for an error", want: upstreamError, says: "status 500", serve: func(x *exchange) {
			x.encoded(500, "gzip", "text/plain", bomb(strings.Repeat("x", 1<<20), 1000))
		}},
	})
}
