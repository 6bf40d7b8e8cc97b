package wire

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"
	"unicode/utf8"
)

// Cursor reads JSON from front to back, once, as long as all of it is as documented. Whatever else it meets makes it
// fail for good, and what it returned worthless: the caller starts anew with [Open] and [Fields], which forgive more.
// It takes no invalid JSON for valid.
//
//	for c.Enter('{'); c.More('}'); {
//		switch string(c.Key()) {
//		case "id":
//			id = c.Integer()
//		default:
//			c.Fail()
//		}
//	}
type Cursor struct {
	data   []byte
	at     int
	first  bool // nothing stands yet between the last bracket and here
	failed bool
}

// NewCursor begins to read a value.
func NewCursor(value []byte) Cursor { return Cursor{data: value} }

// ReadAnswer reads an answer of success and its data; false where it is not as documented.
func ReadAnswer(contentType string, body []byte, data func(*Cursor)) bool {
	if isImage(contentType, body) {
		return false
	}
	c, found := NewCursor(body), 0
	for c.Enter('{'); c.More('}'); {
		switch string(c.Key()) {
		case "status":
			if status := c.Integer(); status < 0 || status >= http.StatusBadRequest {
				c.Fail()
			}
		case "message":
			c.Bytes()
		case "data":
			found++
			data(&c)
		default:
			c.Fail()
		}
	}
	return c.Whole() && found == 1
}

// Fail says that something is not as documented.
func (c *Cursor) Fail() { c.failed = true }

// Whole tells that all was as documented, up to the end.
func (c *Cursor) Whole() bool {
	c.space()
	return !c.failed && c.at == len(c.data)
}

// Left is how many bytes are ahead.
func (c *Cursor) Left() int { return len(c.data) - c.at }

// Enter goes into the object or array that begins here.
func (c *Cursor) Enter(bracket byte) {
	c.take(bracket)
	c.first = true
}

// More tells whether another member or element follows, and leaves the object or array if none does.
func (c *Cursor) More(bracket byte) bool {
	first := c.first
	c.first = false
	switch {
	case c.failed:
		return false
	case c.next() == bracket:
		c.at++
		return false
	case !first:
		c.take(',')
	}
	return !c.failed
}

// Key reads the key of a member.
func (c *Cursor) Key() []byte {
	key, plain := c.quoted()
	if !plain {
		c.failed = true
	}
	c.take(':')
	return key
}

// Text reads a string; null is an empty one. Where it is one of those known, it takes no memory of its own.
func (c *Cursor) Text(known ...string) string {
	if c.null() {
		return ""
	}
	start := c.at
	content, plain := c.quoted()
	if !plain {
		return c.unescaped(start)
	}
	for _, text := range known {
		if string(content) == text {
			return text
		}
	}
	return string(content)
}

// Bytes reads a string that has no escapes; it is a part of what the Cursor reads.
func (c *Cursor) Bytes() []byte {
	content, plain := c.quoted()
	if !plain {
		c.failed = true
	}
	return content
}

// unescaped reads the string between start and here again, whatever is in it.
func (c *Cursor) unescaped(start int) string {
	var text string
	if c.failed || json.Unmarshal(c.data[start:c.at], &text) != nil {
		c.failed = true
	}
	return text
}

// Integer reads a number without a fraction or exponent; null is 0.
func (c *Cursor) Integer() int64 {
	if c.null() {
		return 0
	}
	c.space()
	start := c.at
	for c.at < len(c.data) && (c.data[c.at] == '-' || '0' <= c.data[c.at] && c.data[c.at] <= '9') {
		c.at++
	}
	digits := c.data[start:c.at]
	if len(digits) > 0 && digits[0] == '-' {
		digits = digits[1:]
	}
	if len(digits) > 1 && digits[0] == '0' {
		c.failed = true
	}
	return c.parse(c.data[start:c.at])
}

// QuotedInteger reads a number inside a string, as the API sends some; null is 0.
func (c *Cursor) QuotedInteger() int64 {
	if c.null() {
		return 0
	}
	return c.parse(c.Bytes())
}

func (c *Cursor) parse(digits []byte) int64 {
	n, err := strconv.ParseInt(string(digits), 10, 64)
	if err != nil {
		c.failed = true
	}
	return n
}

// Time reads a timestamp of RFC 3339 into UTC; null is the zero time.
func (c *Cursor) Time() time.Time {
	if c.null() {
		return time.Time{}
	}
	var t time.Time
	if err := t.UnmarshalText(c.Bytes()); err != nil || !isEncodable(t.UTC()) {
		c.failed = true
	}
	return t.UTC()
}

// null passes over a null, if one is next.
func (c *Cursor) null() bool {
	const null = "null"
	if c.next() != 'n' {
		return false
	}
	if c.failed = c.failed || c.Left() < len(null) || string(c.data[c.at:c.at+len(null)]) != null; !c.failed {
		c.at += len(null)
	}
	return true
}

// next is the byte ahead, white space left out; 0 at the end.
func (c *Cursor) next() byte {
	c.space()
	if c.at == len(c.data) {
		return 0
	}
	return c.data[c.at]
}

func (c *Cursor) space() {
	for c.at < len(c.data) && isSpace(c.data[c.at]) {
		c.at++
	}
}

// take passes over one byte.
func (c *Cursor) take(b byte) {
	if c.failed || c.next() != b {
		c.failed = true
		return
	}
	c.at++
}

// quoted passes over a string and returns what is between the quotes: plain, if that is the text itself.
func (c *Cursor) quoted() (content []byte, plain bool) {
	c.take('"')
	if c.failed {
		return nil, false
	}
	rest, ascii := c.data[c.at:], true
	plain = true
	for i := 0; i < len(rest); i++ {
		switch b := rest[i]; {
		case b == '"':
			c.at += i + 1
			return rest[:i], plain && (ascii || utf8.Valid(rest[:i]))
		case b == '\\':
			plain = false
			i++
		case b < ' ':
			c.failed = true
			return nil, false
		case b >= utf8.RuneSelf:
			ascii = false
		}
	}
	c.failed = true
	return nil, false
}
