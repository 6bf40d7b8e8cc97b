// Package wire turns the API's bytes into values: the two envelopes, and scalars whose type may drift.
package wire

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"
)

// String accepts a JSON string, number or boolean; anything else is the empty string.
type String string

// UnmarshalJSON keeps a number as its digits, so a phone number sent as a number survives.
func (s *String) UnmarshalJSON(data []byte) error {
	*s = String(text(data))
	return nil
}

// Int accepts a JSON number or a decimal number inside a string; anything else is 0.
type Int int64

// UnmarshalJSON saturates what does not fit and drops fractions.
func (i *Int) UnmarshalJSON(data []byte) error {
	n, _ := parseInt(text(data))
	*i = Int(n)
	return nil
}

// Time accepts the timestamp layouts seen in the API's documentation and in servers of its kind, and is in UTC;
// anything else is the zero time.
type Time struct{ time.Time }

// UnmarshalJSON reads a layout without a zone as UTC.
func (t *Time) UnmarshalJSON(data []byte) error {
	t.Time = parseTime(text(data))
	return nil
}

// Lenient decodes a T, or stays at the zero value when the JSON is of another shape.
type Lenient[T any] struct{ Value T }

// UnmarshalJSON swallows a mismatch: one alien field must not cost the caller the whole device.
func (l *Lenient[T]) UnmarshalJSON(data []byte) error {
	var value T
	if json.Unmarshal(data, &value) == nil {
		l.Value = value
	}
	return nil
}

// text is a JSON scalar as plain text, "" for null, objects and arrays.
func text(data []byte) string {
	data = bytes.TrimSpace(data)
	if len(data) == 0 {
		return ""
	}
	switch data[0] {
	case '"':
		var s string
		if json.Unmarshal(data, &s) != nil {
			return ""
		}
		return s
	case '{', '[', 'n':
		return ""
	default:
		return string(data)
	}
}

func parseInt(s string) (int64, bool) {
	s = strings.TrimSpace(s)
	n, err := strconv.ParseInt(s, 10, 64)
	if err == nil {
		return n, true
	}
	f, err := strconv.ParseFloat(s, 64)
	switch {
	case math.IsNaN(f) || err != nil && !math.IsInf(f, 0):
		return 0, false
	case f >= math.MaxInt64:
		return math.MaxInt64, true
	case f <= math.MinInt64:
		return math.MinInt64, true
	default:
		return int64(f), true
	}
}

func parseTime(s string) time.Time {
	s = strings.TrimSpace(s)
	layouts := []string{time.RFC3339Nano, "2006-01-02 15:04:05.999999999Z07:00", "2006-01-02T15:04:05.999999999", time.DateTime, time.DateOnly}
	for _, layout := range layouts {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}
