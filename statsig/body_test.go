package statsig_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"
	"unicode/utf16"

	"statsig_exporter/statsig"
)

func zipped(t *testing.T, text string) string {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// readers read a body in ways of their own.
func readers() []func(io.Reader) io.Reader {
	return []func(io.Reader) io.Reader{iotest.OneByteReader, iotest.HalfReader, iotest.DataErrReader}
}

// drain reads a report through reader and returns what Bytes says.
func drain(t *testing.T, c *statsig.Client, reader func(io.Reader) io.Reader) (n int64, err error) {
	t.Helper()
	err = begin(t, c, time.Minute).Report(april, func(b *statsig.Body) error {
		_, err := io.Copy(io.Discard, reader(b))
		n = b.Bytes()
		return err
	})
	return n, err
}

func TestAReportAtTheLimitPassesAndOneByteMoreDoesNot(t *testing.T) {
	for _, over := range []int{-1, 0, 1, 100_000} {
		text := strings.Repeat("a", 1000+over)
		for _, send := range []answers{always(200, text), always(200, zipped(t, text), "Content-Encoding", "gzip")} {
			for _, reader := range readers() {
				n, err := drain(t, (&station{answers: send}).client(t, func(o *statsig.Options) { o.MaxReportBytes = 1000 }), reader)
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
		"base64":  "event,count\n" + inBase64("me:"+key) + ",1\n",
		"nested":  "event,count\n" + inBase64("a"+inBase64("you:"+key)) + ",1\n",
		"spelled": "event,count\n" + strings.Join(strings.Split(key, ""), "-") + ",1\n",
		"UTF-16":  wide("\xff\xfe", func(c uint16) string { return string([]byte{byte(c), byte(c >> 8)}) }),
		"UTF-16b": wide("\xfe\xff", func(c uint16) string { return string([]byte{byte(c >> 8), byte(c)}) }),
	} {
		for _, reader := range readers() {
			s := &station{answers: always(200, body)}
			_, err := drain(t, s.client(t, known), reader)
			if statsig.ResultOf(err) != statsig.InvalidReport || !strings.Contains(err.Error(), "the report holds a secret") {
				t.Errorf("%s: got %v", name, err)
			}
			s.wantCodes(t, "200")
		}
	}
	if _, err := once(t.Context(), (&station{answers: always(200, "event,count\nevery-key,1\n")}).client(t), "key"); err != nil {
		t.Errorf("a short key is taken for a part of the report: %v", err)
	}
}

func TestTheErrorOfABodyComesBeforeTheReadersAndKeepsItsWords(t *testing.T) {
	mine := errors.New("row 2: not a number")
	s := &station{}
	if err := begin(t, s.client(t), time.Minute).Report(april, func(*statsig.Body) error { return mine }); !errors.Is(err, mine) {
		t.Errorf("got %v", err)
	}
	s.wantCodes(t, "200")
	for words, read := range map[string]func(b *statsig.Body) error{
		"after 812 rows: read report: unexpected EOF": func(b *statsig.Body) error {
			_, err := io.Copy(io.Discard, b)
			return fmt.Errorf("after 812 rows: %w", err)
		},
		"read report: unexpected EOF": func(b *statsig.Body) error {
			_, _ = io.Copy(io.Discard, b)
			return mine
		},
		"unexpected EOF": ignore,
	} {
		synctest.Test(t, func(t *testing.T) {
			s := &station{answers: func(int, *http.Request) (*http.Response, error) {
				a := response(200, "")
				a.Body = cut(strings.Repeat("a", 4000))
				return a, nil
			}}
			wantError(t, begin(t, s.client(t), time.Minute).Report(april, read), statsig.NetworkError, words)
		})
	}
}
