package app

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"statsig_exporter/test/harness"
)

// ask is one request of a script, and what is expected of its answer.
type ask struct {
	method, url, user string
	status            int
	header            http.Header
}

// send returns the answer's body, after its header if headers is set.
func (a ask) send(ctx context.Context, headers bool) (string, error) {
	request, err := http.NewRequestWithContext(ctx, a.method, a.url, http.NoBody)
	if err != nil {
		return "", err
	}
	for name, values := range a.header {
		request.Header[name] = values
	}
	request.Host = request.Header.Get("Host")
	if name, password, ok := strings.Cut(a.user, ":"); ok {
		request.SetBasicAuth(name, password)
	}
	response, err := http.DefaultTransport.RoundTrip(request) //nolint:forbidigo // the script's own, as it comes
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	var text strings.Builder
	if headers {
		err = response.Header.Write(&text)
	}
	_, copied := io.Copy(&text, response.Body)
	if err = errors.Join(err, copied); err == nil && response.StatusCode != a.status {
		err = fmt.Errorf("%s %s: status %d, want %d\n%s", a.method, a.url, response.StatusCode, a.status, &text)
	}
	return text.String(), err
}

// httpCmd is "http [FLAG…] PATH": asks the daemon, and puts the answer into
// stdout.
func (s *stage) httpCmd(ts *testscript.TestScript, _ bool, args []string) {
	a := ask{header: http.Header{}}
	flags := flag.NewFlagSet("http", flag.ContinueOnError)
	flags.StringVar(&a.method, "method", http.MethodGet, "method of the request")
	flags.StringVar(&a.user, "user", "", "NAME:PASSWORD of basic authentication")
	flags.IntVar(&a.status, "status", http.StatusOK, "status to expect")
	headers := flags.Bool("headers", false, "put the header of the answer before its body")
	within := flags.Duration("within", patience, "time that an answer may take")
	until := flags.String("until", "", "ask again until status and body match this pattern")
	flags.Func("H", "NAME: VALUE of a header", func(h string) error {
		name, value, _ := strings.Cut(h, ": ")
		a.header.Add(name, value)
		return nil
	})
	ts.Check(flags.Parse(args))
	wantArgs(ts, "http [FLAG…] PATH", flags.NArg() == 1)
	a.url = "http://" + ts.Getenv("ADDRESS") + flags.Arg(0)
	pattern, err := regexp.Compile("(?m)" + *until)
	ts.Check(err)
	once := func() error {
		ctx, cancel := context.WithTimeout(context.Background(), *within)
		defer cancel()
		text, err := a.send(ctx, *headers)
		if err == nil && !pattern.MatchString(text) {
			err = fmt.Errorf("GET %s does not match %q:\n%s", a.url, *until, text)
		}
		if err == nil {
			_, err = io.WriteString(ts.Stdout(), text)
		}
		return err
	}
	if *until == "" {
		ts.Check(once())
		return
	}
	ts.Check(harness.Wait(patience, once))
}

// slowClientCmd is "slowclient PATH": a client that reads the beginning of an
// answer, and from then on a byte now and then.
func (s *stage) slowClientCmd(ts *testscript.TestScript, _ bool, args []string) {
	wantArgs(ts, "slowclient PATH", len(args) == 1)
	conn, err := net.Dial("tcp", ts.Getenv("ADDRESS"))
	ts.Check(err)
	ts.Check(conn.(*net.TCPConn).SetReadBuffer(4 << 10))
	ended := make(chan struct{})
	ts.Defer(func() {
		_ = conn.Close() // the daemon may have closed it
		<-ended
	})
	_, err = fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: slow\r\n\r\n", args[0])
	ts.Check(err)
	begin := make([]byte, 512)
	_, err = io.ReadFull(conn, begin)
	ts.Check(err)
	if !strings.HasPrefix(string(begin), "HTTP/1.1 200 ") {
		ts.Fatalf("the slow client got %q", begin)
	}
	go func() {
		defer close(ended)
		for one := make([]byte, 1); ; {
			if _, err := conn.Read(one); err != nil {
				return
			}
			<-time.After(20 * time.Millisecond)
		}
	}()
}
