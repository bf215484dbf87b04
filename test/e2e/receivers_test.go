//go:build e2e

package e2e_test

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"net/textproto"
	"strings"
	"testing"
)

// notification is a message that has come by Slack or mail. Slack has no page.
type notification struct{ title, text, html string }

// receiveSlack stands in for Slack's incoming webhooks until the test ends.
func receiveSlack(t *testing.T) (url string, messages <-chan notification) {
	t.Helper()
	received := make(chan notification, 100)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var payload struct {
			Attachments []struct{ Title, Text, Fallback string }
		}
		if err := json.NewDecoder(r.Body).Decode(&payload); err != nil || len(payload.Attachments) != 1 {
			t.Errorf("Slack was sent %+v (%v)", payload, err)
			return
		}
		attachment := payload.Attachments[0]
		if attachment.Fallback != attachment.Title {
			t.Errorf("a telephone shows %q and not the title %q", attachment.Fallback, attachment.Title)
		}
		received <- notification{title: attachment.Title, text: attachment.Text}
		_, _ = io.WriteString(w, "ok") // as Slack does, or the message would come again
	}))
	t.Cleanup(server.Close)
	return server.URL, received
}

// receiveMail is a mail server on loopback, without TLS, until the test ends.
func receiveMail(t *testing.T) (address string, messages <-chan notification) {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	received := make(chan notification, 100)
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return // the test has ended
			}
			go func() {
				if err := serveMail(textproto.NewConn(connection), received); err != nil {
					t.Errorf("mail: %v", err)
				}
			}()
		}
	}()
	return listener.Addr().String(), received
}

// serveMail speaks as much of SMTP as Alertmanager needs.
func serveMail(client *textproto.Conn, received chan<- notification) error {
	defer client.Close()
	answer := "220 ready"
	for {
		if err := client.PrintfLine("%s", answer); err != nil {
			return err
		}
		line, err := client.ReadLine()
		if err != nil {
			return err
		}
		answer = "250 well"
		switch command, _, _ := strings.Cut(line, " "); strings.ToUpper(command) {
		case "QUIT":
			return client.PrintfLine("221 bye")
		case "DATA":
			if err := client.PrintfLine("354 go on"); err != nil {
				return err
			}
			message, err := readMail(client.DotReader())
			if err != nil {
				return err
			}
			received <- message
		}
	}
}

// readMail reads a mail to its end.
func readMail(r io.Reader) (n notification, err error) {
	message, err := mail.ReadMessage(r)
	if err != nil {
		return n, err
	}
	if n.title, err = new(mime.WordDecoder).DecodeHeader(message.Header.Get("Subject")); err != nil {
		return n, err
	}
	_, parameters, err := mime.ParseMediaType(message.Header.Get("Content-Type"))
	if err != nil {
		return n, err
	}
	for parts := multipart.NewReader(message.Body, parameters["boundary"]); ; {
		part, err := parts.NextPart() // decodes what is quoted-printable
		if errors.Is(err, io.EOF) {
			_, err = io.Copy(io.Discard, r)
			return n, err
		}
		if err != nil {
			return n, err
		}
		content, err := io.ReadAll(part)
		if err != nil {
			return n, err
		}
		if strings.HasPrefix(part.Header.Get("Content-Type"), "text/html") {
			n.html = string(content)
		} else {
			n.text = strings.ReplaceAll(string(content), "\r\n", "\n")
		}
	}
}
