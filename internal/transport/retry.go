package transport

import (
	"crypto/rand"
	"crypto/tls"
	"errors"
	"math"
	"math/big"
	"net/http"
	"strings"
	"time"
)

// wait returns the wait after an attempt, counted from 1: exponential backoff with full jitter, but at least retryAfter
// plus a random spread, so that not all clients come back at the same time. The spread takes at most half of the time
// that remains after retryAfter.
func (p Policy) wait(attempt int, retryAfter, remaining time.Duration) time.Duration {
	ceiling := p.MinWait
	for range attempt - 1 {
		if ceiling >= p.MaxWait/2 {
			ceiling = p.MaxWait
			break
		}
		ceiling *= 2
	}
	backoff := jitter(ceiling)
	if retryAfter <= 0 {
		return backoff
	}
	spread := max(retryAfter/10, p.MaxWait/4)
	spread = min(spread, max(0, remaining-retryAfter)/2, math.MaxInt64-retryAfter)
	return max(backoff, retryAfter+jitter(spread))
}

// jitter returns a random duration below the ceiling.
func jitter(ceiling time.Duration) time.Duration {
	if ceiling <= 0 {
		return 0
	}
	n, err := rand.Int(rand.Reader, big.NewInt(int64(ceiling)))
	if err != nil {
		return ceiling
	}
	return time.Duration(n.Int64())
}

// ParseRetryAfter parses Retry-After as a date or as seconds, which may have a fraction. It returns 0 if there is none,
// or if it is invalid or in the past. A date is relative to the response's Date if there is one, because clocks differ.
func ParseRetryAfter(header http.Header, now time.Time) time.Duration {
	if header["Retry-After"] == nil {
		return 0
	}
	value := strings.TrimSpace(header.Get("Retry-After"))
	whole, fraction, _ := strings.Cut(value, ".")
	if isDigits(whole) && isDigits(fraction) && !strings.HasSuffix(value, ".") {
		return parseSeconds(value)
	}
	date, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	if serverTime, err := http.ParseTime(header.Get("Date")); err == nil {
		now = serverTime
	}
	return max(0, date.Sub(now)) // Sub saturates
}

// parseSeconds parses digits with an optional fraction. A number that overflows becomes the longest duration.
func parseSeconds(value string) time.Duration {
	d, err := time.ParseDuration(value + "s")
	switch {
	case value == "":
		return 0
	case err != nil: // overflow: the value has only digits
		return math.MaxInt64
	default:
		return d
	}
}

func isDigits(s string) bool {
	return strings.Trim(s, "0123456789") == ""
}

// isPermanent reports whether another attempt would fail in the same way.
func isPermanent(err error) bool {
	var certificate *tls.CertificateVerificationError
	var notTLS tls.RecordHeaderError
	return errors.As(err, &certificate) || errors.As(err, &notTLS) || errors.Is(err, http.ErrSchemeMismatch) ||
		errors.Is(err, ErrLimiter) || errors.Is(err, ErrToken) || errors.Is(err, errInvalidRequest)
}

// isTransient reports whether a decoder's error may not occur in the next response.
func isTransient(err error) bool {
	var transient interface{ Transient() bool }
	return errors.As(err, &transient) && transient.Transient()
}
