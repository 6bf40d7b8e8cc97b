package wire

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// parseID returns 0 for anything but a non-negative integer that can be represented exactly.
func parseID(text string) int64 {
	text = strings.TrimSpace(text)
	if id, err := strconv.ParseInt(text, 10, 64); err == nil {
		return max(0, id)
	}
	const maxExact = 1 << 53 // float64 is not exact beyond this
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || f != math.Trunc(f) || f < 0 || f > maxExact || strings.ContainsAny(text, "xX_") {
		return 0
	}
	return int64(f)
}

// parseInteger drops a fraction, and returns the nearest int64 for a number that overflows.
func parseInteger(text string) (int64, bool) {
	text = strings.TrimSpace(text)
	if text == "" || strings.Trim(text, "+-.eE0123456789") != "" {
		return 0, false // ParseFloat also accepts hexadecimal, Inf and NaN
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err == nil {
		return n, true
	}
	f, err := strconv.ParseFloat(text, 64)
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

// parseTime accepts RFC 3339 and layouts seen on similar servers. A layout without a zone means UTC. Anything else is
// the zero time.
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

// isEncodable reports whether RFC 3339 can encode the year.
func isEncodable(t time.Time) bool { return t.Year() >= 0 && t.Year() <= 9999 }
