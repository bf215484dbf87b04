package statsig_test

import (
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

func TestAReportAtTheLimitPassesAndOneByteMoreDoesNot(t *testing.T) {
	for _, over := range []int{-1, 0, 1, 100_000} {
		for _, h := range []http.HandlerFunc{
			answer(200, "text/csv", strings.Repeat("a", 1000+over)),
			gzipped(zipped(t, strings.Repeat("a", 1000+over))),
		} {
			s := api(t, h)
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
		s := api(t, answer(200, "text/csv", body))
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
	s := api(t, raw("HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n"+strings.Repeat("a", 4000)))
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
