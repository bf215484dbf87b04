package statsig

import (
	"encoding/json"
	"html"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"
)

const (
	// messageBytes is how much of an error's body is read, and messageTime for how long.
	messageBytes = 64 << 10
	messageTime  = time.Second
	// messageLimit is how many characters of it are shown.
	messageLimit = 200
)

var (
	htmlTitle = regexp.MustCompile(`(?is)<title[^>]*>(.*?)</title`)
	creation  = regexp.MustCompile(`is before project creation: (\d{1,15})\b`)
)

// message is the body of an answer with an error.
type message struct {
	text string // As it came.
	// refused reports whether the request was wrong, and not the window.
	refused bool
	// created is when the project was created, if the window starts before; else zero.
	created time.Time
}

// read reads the message of an answer from the API. Other origins are not quoted: their
// errors repeat signed addresses.
func (c *chain) read(a *answer) message {
	if a.foreign || a.StatusCode < 400 {
		return message{}
	}
	timer := time.AfterFunc(messageTime, a.cancel)
	defer timer.Stop()
	stream, err := decode(a.Header, a.Body)
	if err != nil {
		return message{}
	}
	raw, _ := io.ReadAll(io.LimitReader(stream, messageBytes)) // A part of it will do.
	if len(raw) == messageBytes {
		raw = raw[:messageBytes-seam] // The end may be the beginning of a secret.
	}
	return messageIn(strings.TrimSpace(strings.TrimPrefix(string(raw), "\xef\xbb\xbf")))
}

// messageIn finds the message in a JSON object, the title of HTML, or the text itself.
func messageIn(text string) message {
	switch {
	case strings.HasPrefix(text, "<"):
		if title := htmlTitle.FindStringSubmatch(text); title != nil {
			return message{text: html.UnescapeString(title[1])}
		}
		return message{}
	case strings.HasPrefix(text, "{"), strings.HasPrefix(text, "["):
		return messageInJSON([]byte(text))
	default:
		return message{text: text}
	}
}

// messageInJSON finds message, error or error.message, the first that is text,
// and the errors. JSON that cannot be read is not shown.
func messageInJSON(raw []byte) message {
	var fields struct {
		Message, Error any
		Errors         json.RawMessage
	}
	var m message
	if json.Unmarshal(raw, &fields) != nil {
		return m
	}
	for _, field := range []any{fields.Message, fields.Error} {
		if nested, ok := field.(map[string]any); ok {
			field = nested["message"]
		}
		if text, ok := field.(string); ok && strings.TrimSpace(text) != "" {
			m.text = text
			break
		}
	}
	var list []json.RawMessage
	if len(fields.Errors) > 0 && json.Unmarshal(fields.Errors, &list) != nil {
		list = []json.RawMessage{fields.Errors}
	}
	m.refused = len(list) > 0 || m.text == "Bad Request Exception"
	if found := creation.FindStringSubmatch(m.text); found != nil {
		at, _ := strconv.ParseInt(found[1], 10, 64) // It has few enough digits.
		m.created = time.UnixMilli(at).UTC()
	}
	for _, raw := range list {
		var e struct{ Property, ErrorMessage string }
		if json.Unmarshal(raw, &e) == nil && e.ErrorMessage != "" {
			m.text += "; " + e.Property + ": " + e.ErrorMessage
		}
	}
	return m
}
