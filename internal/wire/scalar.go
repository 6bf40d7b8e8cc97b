package wire

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"
)

// Text is a JSON scalar as plain text: a string's content, a number's digits as they stand (so a phone number sent
// as a number survives), "" for null, booleans, objects and arrays.
func Text(value json.RawMessage) string {
	if len(value) == 0 {
		return ""
	}
	switch value[0] {
	case '"':
		return unquote(value)
	case '{', '[', 'n', 't', 'f':
		return ""
	default:
		return string(value)
	}
}

// unquote takes the short way where nothing is escaped, which is nearly always.
func unquote(quoted []byte) string {
	if len(quoted) < len(`""`) {
		return ""
	}
	plain := quoted[1 : len(quoted)-1]
	for _, c := range plain {
		if c == '\\' || c >= 0x80 {
			var s string
			if json.Unmarshal(quoted, &s) != nil {
				return ""
			}
			return s
		}
	}
	return string(plain)
}

// Integer is a JSON number, or a decimal number inside a string; anything else is 0. What does not fit saturates,
// fractions are dropped.
func Integer(value json.RawMessage) int64 {
	n, _ := parseInteger(Text(value))
	return n
}

// ID is an Integer that names something: what is no whole number, or does not fit, is 0, for the nearest one would name
// something else.
func ID(value json.RawMessage) int64 {
	text := strings.TrimSpace(Text(value))
	if id, err := strconv.ParseInt(text, 10, 64); err == nil {
		return id
	}
	const exact = 1 << 53 // beyond it, a float64 is not the number that was written
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || f != math.Trunc(f) || math.Abs(f) > exact || strings.ContainsAny(text, "xX_") {
		return 0
	}
	return int64(f)
}

func parseInteger(s string) (int64, bool) {
	s = strings.TrimSpace(s)
	if s == "" || strings.Trim(s, "+-.eE0123456789") != "" {
		return 0, false // ParseFloat also reads hexadecimal numbers and words
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

// Timestamp reads the layouts seen in the API's documentation and in servers of its kind, a layout without a zone
// as UTC. The result is in UTC; anything else is the zero time, as is a year that could not be encoded again.
func Timestamp(value json.RawMessage) time.Time {
	s := strings.ToUpper(strings.TrimSpace(Text(value)))
	for _, layout := range []string{
		time.RFC3339Nano,
		"2006-01-02T15:04:05.999999999Z0700",
		"2006-01-02 15:04:05.999999999Z07:00",
		"2006-01-02T15:04:05.999999999",
		time.DateTime,
		time.DateOnly,
	} {
		if t, err := time.Parse(layout, s); err == nil && isEncodable(t.UTC()) {
			return t.UTC()
		}
		if s == "" {
			break
		}
	}
	return time.Time{}
}

func isEncodable(t time.Time) bool { return t.Year() >= 0 && t.Year() <= 9999 }
