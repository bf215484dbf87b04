package statsig

import (
	"encoding/json"
	"html"
	"io"
	"regexp"
	"strings"
	"time"
)

const (
	// messageBytes is how much of an error's body is read.
	messageBytes = 8 << 10
	// messageLimit is how many characters of it are shown.
	messageLimit = 200
)

var htmlTitle = regexp.MustCompile(`(?is)<title[^>]*>(.*?)</title`)

// message returns what an answer with an error says: in one line, without
// secrets, cut, or nothing. Other origins than the API's are not quoted: their
// errors repeat signed addresses.
func (c *chain) message(a *answer) string {
	if a.foreign || a.StatusCode < 400 {
		return ""
	}
	timer := time.AfterFunc(drainTime, a.cancel)
	defer timer.Stop()
	stream, err := decode(a.Header, a.Body)
	if err != nil {
		return ""
	}
	raw, err := io.ReadAll(io.LimitReader(stream, messageBytes))
	whole := err == nil && len(raw) < messageBytes
	redact := c.poll.redact
	if !whole {
		raw = raw[:max(0, len(raw)-redact.longest)] // The end may be half a key.
	}
	return cut(redact.text(messageIn(raw)), messageLimit)
}

// messageIn finds the message: that of a JSON object, the title of HTML, or
// the text itself. JSON that cannot be read is not shown, as what is escaped
// in it could not be redacted.
func messageIn(raw []byte) string {
	text := strings.TrimSpace(strings.TrimPrefix(string(raw), "\xef\xbb\xbf"))
	switch {
	case strings.HasPrefix(text, "<"):
		if title := htmlTitle.FindStringSubmatch(text); title != nil {
			return html.UnescapeString(title[1])
		}
		return ""
	case strings.HasPrefix(text, "{"), strings.HasPrefix(text, "["):
		return messageInJSON([]byte(text))
	default:
		return text
	}
}

// messageInJSON returns message, error or error.message, the first that is text.
func messageInJSON(raw []byte) string {
	var fields struct{ Message, Error any }
	if json.Unmarshal(raw, &fields) != nil {
		return ""
	}
	for _, field := range []any{fields.Message, fields.Error} {
		if nested, ok := field.(map[string]any); ok {
			field = nested["message"]
		}
		if text, ok := field.(string); ok && strings.TrimSpace(text) != "" {
			return text
		}
	}
	return ""
}
