package statsig_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
	"time"
	"unicode/utf16"

	"statsig_exporter/statsig"
)

// gzipped answers with bytes that claim to be gzip.
func gzipped(body []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/csv")
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(body)
	}
}

func TestAReportArrivesHoweverItIsDressed(t *testing.T) {
	zip := zipped(t, csvBody)
	for name, h := range map[string]http.HandlerFunc{
		"gzip":              gzipped(zip),
		"several members":   gzipped(append(zipped(t, csvBody[:9]), zipped(t, csvBody[9:])...)),
		"stored compressed": answer(200, "application/gzip", string(zip)),
		"text/plain":        answer(200, "text/plain; charset=utf-8", csvBody),
		"octet-stream":      answer(200, "application/octet-stream", csvBody),
		"malformed type":    answer(200, "text/csv; =;", csvBody),
		"identity, by itself": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", "identity")
			answer(200, "", csvBody)(w, r)
		},
		"chunked": func(w http.ResponseWriter, _ *http.Request) {
			for _, part := range strings.SplitAfter(csvBody, ",") {
				_, _ = io.WriteString(w, part)
				_ = http.NewResponseController(w).Flush()
			}
		},
	} {
		s := offAPI(t, h)
		if got, err := report(t, newClient(t, s.URL).Client, key); err != nil || got != csvBody {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
	}
}

func TestAnEmptyAnswerIsAnEmptyStream(t *testing.T) {
	for name, h := range map[string]http.HandlerFunc{
		"plain": answer(200, "text/csv", ""), "JSON": answer(200, "application/json", ""),
		"gzip": gzipped(nil), "gzip of nothing": gzipped(zipped(t, "")),
	} {
		s := offAPI(t, h)
		if got, err := report(t, newClient(t, s.URL).Client, key); err != nil || got != "" {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
	}
}

func TestWhatIsNoReportIsInvalidAndNotRetried(t *testing.T) {
	zip := zipped(t, csvBody)
	garbled := bytes.Clone(zip)
	garbled[len(garbled)-6] ^= 1
	broken := bytes.Clone(zip)
	broken[11] ^= 0xff
	for name, tc := range map[string]struct {
		h     http.HandlerFunc
		words string
	}{
		"HTML":            {answer(200, "text/html", "<html>"), "status 200 OK: the content is text/html"},
		"HTML called CSV": {answer(200, "text/csv", "\n <!doctype html>"), "HTML"},
		"HTML in UTF-16":  {answer(200, "text/csv", "\xff\xfe<\x00h\x00"), "HTML"},
		"XML":             {answer(200, "application/soap+xml", "x"), "soap+xml"},
		"image":           {answer(200, "IMAGE/png", "x"), "image/png"},
		"checksum":        {gzipped(garbled), "checksum"},
		"deflate":         {gzipped(broken), "read report: "},
		"not gzip":        {gzipped([]byte("event,count\n")), "gzip: invalid header"},
		"one byte":        {gzipped([]byte("e")), "gzip: invalid header"},
		"garbage behind":  {gzipped(append(bytes.Clone(zip), "garbage"...)), "gzip: invalid header"},
		"one byte behind": {gzipped(append(bytes.Clone(zip), 0)), "gzip: invalid header"},
		"brotli": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "br")
			_, _ = w.Write(zip)
		}, `"br"`},
		"gzip twice": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip, gzip")
			_, _ = w.Write(zip)
		}, "more than once"},
		"a key in a type":  {answer(200, "image/"+key, "x"), "<secret>"},
		"HTML in the gzip": {gzipped(zipped(t, "<html>")), "HTML"},
	} {
		s := offAPI(t, tc.h)
		c := newClient(t, s.URL)
		_, err := report(t, c.Client, key)
		if got := statsig.ResultOf(err); got != statsig.InvalidReport {
			t.Errorf("%s: got %v", name, err)
			continue
		}
		wantError(t, err, statsig.InvalidReport, tc.words)
		if c.Codes() != "200" {
			t.Errorf("%s: got requests %s", name, c.Codes())
		}
	}
}

func TestACutBodyIsANetworkErrorAndRetried(t *testing.T) {
	zip := zipped(t, csvBody)
	head := "HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\n"
	long := strings.Repeat(csvBody, 1000)
	for name, h := range map[string]http.HandlerFunc{
		"length":          raw(head + "Content-Length: 100\r\n\r\n" + csvBody),
		"length, late":    raw(head + "Content-Length: 1000000\r\n\r\n" + long),
		"chunk":           raw(head + "Transfer-Encoding: chunked\r\n\r\n400\r\n" + csvBody),
		"last chunk":      raw(head + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"),
		"bad chunk":       raw(head + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n"),
		"envelope":        raw(head + "Content-Length: 100\r\n\r\n{\"data\":"),
		"gzip header":     gzipped(zip[:5]),
		"gzip first byte": gzipped(zip[:1]),
		"gzip content":    gzipped(zip[:len(zip)-12]),
		"gzip trailer":    gzipped(zip[:len(zip)-1]),
		"second member":   gzipped(append(bytes.Clone(zip), zip[:6]...)),
		"no answer":       raw(""),
	} {
		calls := 0
		s := offAPI(t, func(w http.ResponseWriter, r *http.Request) {
			if calls++; calls == 1 {
				h(w, r)
				return
			}
			answer(200, "text/csv", csvBody)(w, r)
		})
		got, err := report(t, newClient(t, s.URL).Client, key)
		if err != nil || got != csvBody || calls != 2 {
			t.Errorf("%s: got %q, %v after %d requests", name, got, err, calls)
		}
		s = offAPI(t, h)
		c := newClient(t, s.URL)
		_, err = report(t, c.Client, key)
		if statsig.ResultOf(err) != statsig.NetworkError || len(strings.Fields(c.Codes())) != 4 {
			t.Errorf("%s: got %v; requests %s", name, err, c.Codes())
		}
	}
}

func TestAReportAtTheLimitPassesAndOneByteMoreDoesNot(t *testing.T) {
	for _, over := range []int{-1, 0, 1, 100_000} {
		for _, h := range []http.HandlerFunc{
			answer(200, "text/csv", strings.Repeat("a", 1000+over)),
			gzipped(zipped(t, strings.Repeat("a", 1000+over))),
		} {
			s := offAPI(t, h)
			c := newClient(t, s.URL, func(o *statsig.Options) { o.MaxReportBytes = 1000 })
			for _, reader := range []func(io.Reader) io.Reader{iotest.OneByteReader, iotest.HalfReader, iotest.DataErrReader} {
				n, err := drain(t, c.Client, reader)
				if over <= 0 && (err != nil || n != int64(1000+over)) {
					t.Errorf("%d over: got %d bytes, %v", over, n, err)
				}
				if over > 0 {
					wantError(t, err, statsig.InvalidReport, "limit of 1000 bytes")
				}
			}
		}
	}
}

// drain reads a report through reader and returns what Bytes says.
func drain(t *testing.T, c *statsig.Client, reader func(io.Reader) io.Reader) (int64, error) {
	t.Helper()
	p, err := c.Begin(t.Context(), statsig.NewSecret(key), time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	var n int64
	err = p.Report(april, func(b *statsig.Body) error {
		_, err := io.Copy(io.Discard, reader(b))
		n = b.Bytes()
		return err
	})
	return n, err
}

func TestAGzipBombEndsAtTheLimit(t *testing.T) {
	var bomb bytes.Buffer
	w := gzip.NewWriter(&bomb)
	_, _ = w.Write(bytes.Repeat([]byte("a"), 8<<20))
	_ = w.Close()
	s := offAPI(t, gzipped(bomb.Bytes()))
	c := newClient(t, s.URL, func(o *statsig.Options) { o.MaxReportBytes = 64 << 10 })
	n, err := drain(t, c.Client, func(r io.Reader) io.Reader { return r })
	wantError(t, err, statsig.InvalidReport, "limit of 65536 bytes")
	if n > 64<<10 || c.Codes() != "200" {
		t.Errorf("got %d bytes; requests %s", n, c.Codes())
	}
}

func TestAReportThatHoldsASecretIsInvalid(t *testing.T) {
	wide := func(mark string, order func(c uint16) string) string {
		out := mark
		for _, c := range utf16.Encode([]rune("event\n" + key + "\n")) {
			out += order(c)
		}
		return out
	}
	for name, body := range map[string]string{
		"start":   key,
		"cell":    "event,count\n" + strings.Repeat("x,1\n", 5000) + "k " + key + ",1\n",
		"end":     "event\n" + key,
		"half":    "event\n" + key[10:] + "\n",
		"another": "event,count\n" + strings.Repeat("y", 32<<10) + "23456789abcd,1\n",
		"encoded": "event,count\n" + strings.ReplaceAll(key, "A", "%41") + ",1\n",
		"twice":   "event,count\n" + strings.Repeat("y", 32<<10-30) + strings.NewReplacer("3", "%2533", "d", "&amp;#x64;", "I", `\\u{49}`).Replace(key) + ",1\n",
		"cut":     "event,count\n" + key[:14] + "," + key[14:] + "\n",
		"base64":  "event,count\n" + base64.StdEncoding.EncodeToString([]byte("me:"+key)) + ",1\n",
		"UTF-16":  wide("\xff\xfe", func(c uint16) string { return string([]byte{byte(c), byte(c >> 8)}) }),
		"UTF-16b": wide("\xfe\xff", func(c uint16) string { return string([]byte{byte(c >> 8), byte(c)}) }),
	} {
		s := offAPI(t, answer(200, "text/csv", body))
		for _, reader := range []func(io.Reader) io.Reader{iotest.OneByteReader, iotest.HalfReader, iotest.DataErrReader} {
			c := newClient(t, s.URL, known)
			_, err := drain(t, c.Client, reader)
			if wantError(t, err, statsig.InvalidReport, "the report holds a secret"); c.Codes() != "200" {
				t.Errorf("%s: got requests %s", name, c.Codes())
			}
		}
	}
	s := api(t, answer(200, "text/csv", "event,count\nevery-key,1\n"))
	if _, err := report(t, newClient(t, s.URL).Client, "key"); err != nil {
		t.Errorf("a short key is taken for a part of the report: %v", err)
	}
}

func TestAnErrorOfTheReaderEndsTheReportAsItIs(t *testing.T) {
	s := api(t, answer(200, "text/csv", csvBody))
	c := newClient(t, s.URL)
	p, err := c.Begin(t.Context(), statsig.NewSecret(key), time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	mine := errors.New("row 2: not a number")
	if got := p.Report(april, func(*statsig.Body) error { return mine }); !errors.Is(got, mine) || c.Codes() != "200" {
		t.Errorf("got %v; requests %s", got, c.Codes())
	}
}

func TestAnErrorOfTheBodyKeepsTheWordsOfTheReader(t *testing.T) {
	s := offAPI(t, raw("HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n"+strings.Repeat("a", 4000)))
	p, err := newClient(t, s.URL).Begin(t.Context(), statsig.NewSecret(key), time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	err = p.Report(april, func(b *statsig.Body) error {
		_, err := io.Copy(io.Discard, b)
		return fmt.Errorf("after 812 rows: %w", err)
	})
	wantError(t, err, statsig.NetworkError, "after 812 rows: read report: unexpected EOF")
	err = p.Report(april, func(b *statsig.Body) error {
		_, _ = io.Copy(io.Discard, b)
		return errors.New("the last row is short")
	})
	wantError(t, err, statsig.NetworkError, "read report: unexpected EOF")
	err = p.Report(april, func(*statsig.Body) error { return nil })
	wantError(t, err, statsig.NetworkError, "read report: unexpected EOF")
}
