package wire

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// mostShared bounds the strings that are kept from the previous list element.
const mostShared = 32

// scalar reads any value as text: a string's content, or a number's digits unchanged, so that a phone number sent as
// a number survives. Everything else is "". One of the known texts is returned without an allocation.
func (r *Reader) scalar(known ...string) (kind byte, text string) {
	var content []byte
	plain := true
	switch kind = r.Kind(); kind {
	case '"':
		content, plain = r.quoted()
	case '{', '[', 't', 'f', 'n':
		r.Skip()
		return kind, ""
	default:
		content = r.number()
	}
	for _, text = range known {
		if string(content) == text {
			return kind, text
		}
	}
	if plain {
		return kind, r.share(content)
	}
	return kind, string(unescape(content))
}

// share returns the text, sharing memory with the string at the same position of the previous element if they are
// equal.
func (r *Reader) share(content []byte) string {
	if r.turn >= cap(r.shared) {
		return string(content)
	}
	if r.turn == len(r.shared) {
		r.shared = append(r.shared, "")
	}
	if last := &r.shared[r.turn]; *last != string(content) {
		*last = string(content)
	}
	r.turn++
	return r.shared[r.turn-1]
}

// IsEmpty reports whether the value ahead is null or an empty string.
func (r *Reader) IsEmpty() bool {
	switch r.Kind() {
	case 'n':
		return true // only null starts with n
	case '"':
		return r.at(1) == '"'
	default:
		return false
	}
}

// Text reads a string, or a number as its digits; anything else is "".
func (r *Reader) Text() string {
	kind, text := r.scalar()
	if kind != '"' && kind != 'n' {
		r.NoteWrongType()
	}
	return text
}

// Enum reads a string and notes a value that is not known.
func (r *Reader) Enum(known ...string) string {
	kind, text := r.scalar(known...)
	switch {
	case r.notes == nil || kind == 'n':
	case kind != '"':
		r.NoteWrongType()
	case text != "" && !slices.Contains(known, text):
		r.notes.add(UnknownValue)
	}
	return text
}

// ID reads an identifier from a number or a string. A value that is fractional, negative or too large is 0: rounding
// would identify another object.
func (r *Reader) ID() int64 {
	if isDigit(r.Kind()) {
		digits := r.number()
		if id, err := strconv.ParseInt(string(digits), 10, 64); err == nil {
			return id
		}
		r.NoteWrongType()
		return parseID(string(digits))
	}
	kind, text := r.scalar()
	if _, err := strconv.ParseInt(text, 10, 64); kind != 'n' && (kind == '"' && text != "" || kind != '"' && err != nil) {
		r.NoteWrongType()
	}
	return parseID(text)
}

// Quota reads a decimal number that the API documents as a string; a plain number is accepted and noted. Overflow
// saturates, fractions are dropped, anything else is 0.
func (r *Reader) Quota() int64 {
	kind, text := r.scalar()
	n, err := strconv.ParseInt(text, 10, 64)
	if err == nil && kind == '"' {
		return n
	}
	if kind != 'n' && (kind != '"' || text != "") {
		r.NoteWrongType()
	}
	n, _ = parseInteger(text)
	return n
}

// Integer reads a number like [Reader.Quota], but does not note its type.
func (r *Reader) Integer() int64 {
	_, text := r.scalar()
	n, _ := parseInteger(text)
	return n
}

// Time reads a timestamp in RFC 3339 or in a layout seen on servers like this one; a layout without a zone means UTC.
// The result is in UTC. Anything else is the zero time, including a year that RFC 3339 cannot encode.
func (r *Reader) Time() time.Time {
	if r.Kind() != '"' {
		return parseTime(r.Text())
	}
	content, plain := r.quoted()
	var t time.Time
	if plain && len(content) > 0 && t.UnmarshalText(content) == nil && isEncodable(t.UTC()) {
		return t.UTC()
	}
	text := string(unescape(content))
	if _, err := time.Parse(time.RFC3339Nano, text); err != nil && text != "" {
		r.NoteWrongType()
	}
	return parseTime(text)
}

// Unknown skips the value of an undocumented field and notes it.
func (r *Reader) Unknown() {
	r.NoteUnknown()
	r.Skip()
}

// NoteUnknown notes that the field of the next value is undocumented.
func (r *Reader) NoteUnknown() {
	if r.notes != nil {
		r.notes.add(UnknownField)
	}
}

// NoteType notes that the next value is not of the documented type, unless it is empty.
func (r *Reader) NoteType() {
	if r.notes != nil && !r.IsEmpty() {
		r.notes.add(WrongType)
	}
}

// NoteWrongType does so for the value just read.
func (r *Reader) NoteWrongType() {
	if r.notes != nil {
		r.notes.add(WrongType)
	}
}

func parseID(text string) int64 {
	text = strings.TrimSpace(text)
	if id, err := strconv.ParseInt(text, 10, 64); err == nil {
		return max(0, id)
	}
	const exact = 1 << 53 // float64 is not exact beyond this
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || f != math.Trunc(f) || f < 0 || f > exact || strings.ContainsAny(text, "xX_") {
		return 0
	}
	return int64(f)
}

func parseInteger(s string) (int64, bool) {
	s = strings.TrimSpace(s)
	if s == "" || strings.Trim(s, "+-.eE0123456789") != "" {
		return 0, false // ParseFloat also accepts hexadecimal, Inf and NaN
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err == nil {
		return n, true
	}
	f, err := strconv.ParseFloat(s, 64)
	switch {
	case err != nil && !math.IsInf(f, 0):
		return 0, false
	case f >= math.MaxInt64:
		return math.MaxInt64, true
	case f <= math.MinInt64:
		return math.MinInt64, true
	default:
		return int64(f), true
	}
}

func parseTime(text string) time.Time {
	text = strings.ToUpper(strings.TrimSpace(text))
	if text == "" {
		return time.Time{}
	}
	for _, layout := range []string{
		time.RFC3339Nano,
		"2006-01-02T15:04:05.999999999Z0700",
		"2006-01-02 15:04:05.999999999Z07:00",
		"2006-01-02T15:04:05.999999999",
		time.DateTime,
		time.DateOnly,
	} {
		if t, err := time.Parse(layout, text); err == nil && isEncodable(t.UTC()) {
			return t.UTC()
		}
	}
	return time.Time{}
}

func isEncodable(t time.Time) bool { return t.Year() >= 0 && t.Year() <= 9999 }
