package wire

import (
	"slices"
	"strconv"
	"time"
)

// maxShared limits the strings that are kept from the previous list element.
const maxShared = 32

// scalar reads any value as text: the content of a string, or the digits of a number unchanged, so that a phone number
// sent as a number is preserved. Any other value is "". A text that equals one of known is returned without an
// allocation.
func (r *Reader) scalar(known ...string) (kind byte, text string) {
	var content []byte
	verbatim := true
	switch kind = r.Kind(); kind {
	case '"':
		content, verbatim = r.quoted()
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
	if verbatim {
		return kind, r.share(content)
	}
	return kind, string(unescape(content))
}

// scalarText is scalar for a caller that accepts a value of any type.
func (r *Reader) scalarText() string {
	_, text := r.scalar()
	return text
}

// share returns the content as a string. If the string at the same position of the previous list element is equal, it
// returns that one.
func (r *Reader) share(content []byte) string {
	if r.nextShared >= cap(r.shared) {
		return string(content)
	}
	if r.nextShared == len(r.shared) {
		r.shared = append(r.shared, "")
	}
	if previous := &r.shared[r.nextShared]; *previous != string(content) {
		*previous = string(content)
	}
	r.nextShared++
	return r.shared[r.nextShared-1]
}

// Text reads a string, or a number as its digits; anything else is "".
func (r *Reader) Text() string {
	kind, text := r.scalar()
	if kind != '"' && kind != 'n' {
		r.NoteLastType()
	}
	return text
}

// Enum reads a string, and notes a value that is not one of known.
func (r *Reader) Enum(known ...string) string {
	kind, text := r.scalar(known...)
	switch {
	case r.notes == nil || kind == 'n':
	case kind != '"':
		r.NoteLastType()
	case text != "" && !slices.Contains(known, text):
		r.notes.add(UnknownValue)
	}
	return text
}

// ID reads an identifier from a number or a string. A value that is fractional, negative or too large is 0: rounding it
// would identify another object.
func (r *Reader) ID() int64 {
	if isDigit(r.Kind()) {
		digits := r.number()
		if id, err := strconv.ParseInt(string(digits), 10, 64); err == nil {
			return id
		}
		r.NoteLastType()
		return parseID(string(digits))
	}
	kind, text := r.scalar()
	r.noteUnlessInteger(kind, text)
	return parseID(text)
}

// noteUnlessInteger notes that the scalar just read is not a JSON integer, unless it is empty.
func (r *Reader) noteUnlessInteger(kind byte, text string) {
	_, err := strconv.ParseInt(text, 10, 64)
	if kind == '"' && text != "" || kind != '"' && kind != 'n' && err != nil {
		r.NoteLastType()
	}
}

// Quota reads a decimal number that the API documents as a string; a JSON number is accepted and noted. A number that
// overflows becomes the nearest int64, a fraction is dropped, and anything else is 0.
func (r *Reader) Quota() int64 {
	kind, text := r.scalar()
	n, err := strconv.ParseInt(text, 10, 64)
	if err == nil && kind == '"' {
		return n
	}
	if kind != 'n' && (kind != '"' || text != "") {
		r.NoteLastType()
	}
	n, _ = parseInteger(text)
	return n
}

// Integer reads a number like [Reader.Quota], but does not note its type.
func (r *Reader) Integer() int64 {
	n, _ := parseInteger(r.scalarText())
	return n
}

// Time reads a timestamp in RFC 3339, or in another layout that parseTime accepts. The result is in UTC. Anything else
// is the zero time, including a year that RFC 3339 cannot encode.
func (r *Reader) Time() time.Time {
	if r.Kind() != '"' {
		return parseTime(r.Text())
	}
	content, verbatim := r.quoted()
	var t time.Time
	if verbatim && len(content) > 0 && t.UnmarshalText(content) == nil && isEncodable(t.UTC()) {
		return t.UTC()
	}
	text := string(unescape(content))
	if _, err := time.Parse(time.RFC3339Nano, text); err != nil && text != "" {
		r.NoteLastType()
	}
	return parseTime(text)
}

// SkipUnknown skips the value of an undocumented field, and notes the field.
func (r *Reader) SkipUnknown() {
	r.NoteUnknown()
	r.Skip()
}
