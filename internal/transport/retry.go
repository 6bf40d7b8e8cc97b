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

// wait returns the pause after an attempt, counted from 1: full jitter, and at least retryAfter plus a spread, so that
// clients do not return at once. The spread takes at most half of the remaining time.
func (p Policy) wait(attempt int, retryAfter, left time.Duration) time.Duration {
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
	spread = min(spread, max(0, left-retryAfter)/2, math.MaxInt64-retryAfter)
	return max(backoff, retryAfter+jitter(spread))
}

// jitter returns a random duration below the ceiling.
func jitter(ceiling time.Duration) time.Duration {
	if ceiling <= 0 {
		return 0
	}
	picked, err := rand.Int(rand.Reader, big.NewInt(int64(ceiling)))
	if err != nil {
		return ceiling
	}
	return time.Duration(picked.Int64())
}

// ParseRetryAfter parses Retry-After as a date or as seconds, which may have a fraction. It returns 0 if there is none,
// or it is invalid or in the past. A date is compared with the response's Date if there is one, because clocks differ.
func ParseRetryAfter(header http.Header, now time.Time) time.Duration {
	if header["Retry-After"] == nil {
		return 0
	}
	value := strings.TrimSpace(header.Get("Retry-After"))
	if whole, fraction, dot := strings.Cut(value, "."); isDigits(whole) && isDigits(fraction) && dot == (fraction != "") {
		return seconds(value)
	}
	date, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	if servers, err := http.ParseTime(header.Get("Date")); err == nil {
		now = servers
	}
	return max(0, date.Sub(now)) // Sub saturates
}

// seconds parses a decimal number and saturates.
func seconds(value string) time.Duration {
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

// retryable reports whether another attempt is safe and may succeed.
func (a *Attempt) retryable(method string) bool {
	if a.Err == nil || a.Streamed {
		return false
	}
	if a.StatusCode == 0 {
		return !isPermanent(a.Err) && (Repeatable(method) || !a.Sent)
	}
	status := a.Status()
	if status == http.StatusTooManyRequests {
		return Repeatable(method) || a.DidNotAct()
	}
	return Repeatable(method) && (a.Cut || status == http.StatusRequestTimeout ||
		status >= http.StatusInternalServerError || !errors.Is(a.Err, ErrRefused) && isTransient(a.Err))
}

// DidNotAct reports whether the server certainly refused the request: by a 4xx, unless the body reports a success, or
// in the body of a 200, unless it contradicts itself. A refusal in the body of a 201 or a redirect is itself a
// contradiction.
func (a *Attempt) DidNotAct() bool {
	if !errors.Is(a.Err, ErrRefused) {
		return false
	}
	for _, status := range []int{a.StatusCode, a.Status()} {
		if status >= http.StatusInternalServerError || status == http.StatusRequestTimeout {
			return false
		}
	}
	if a.StatusCode >= http.StatusBadRequest {
		return a.Envelope.Failed || !a.Envelope.Contradictory
	}
	return a.StatusCode == http.StatusOK && !a.Envelope.Contradictory
}

// Retryable reports whether the caller may safely repeat the call later. A broken stream is retryable by the caller,
// but not by us: the caller already has its first elements.
func (r *Result) Retryable(method string) bool {
	afresh := r.Attempt
	afresh.Streamed = false
	return afresh.retryable(method)
}

// Status is the status that decides: the body's if it reports a failure, else HTTP's.
func (a *Attempt) Status() int {
	if a.Envelope.Failed && a.Envelope.Code >= http.StatusBadRequest {
		return a.Envelope.Code
	}
	return a.StatusCode
}

// Repeatable reports whether HTTP defines the method as safe, that is, as read-only.
func Repeatable(method string) bool {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace:
		return true
	default:
		return false
	}
}

// isPermanent reports a failure that another attempt would repeat.
func isPermanent(err error) bool {
	var certificate *tls.CertificateVerificationError
	var notTLS tls.RecordHeaderError
	return errors.As(err, &certificate) || errors.As(err, &notTLS) || errors.Is(err, http.ErrSchemeMismatch) ||
		wasHeldBack(err)
}

// wasHeldBack reports a failure from before the request was sent.
func wasHeldBack(err error) bool {
	return errors.Is(err, ErrLimiter) || errors.Is(err, ErrToken) || errors.Is(err, ErrBadToken) ||
		errors.Is(err, errTooLate) || errors.Is(err, errUnsendable)
}

// isTransient reports whether a decoder's error may be gone in the next response.
func isTransient(err error) bool {
	var transient interface{ Transient() bool }
	return errors.As(err, &transient) && transient.Transient()
}
