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

// wait is how long to pause after the given attempt, the first being 1, if so much time is left: full jitter, and
// on top of what the server asked for enough that its clients do not all come back at once.
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

// jitter picks evenly from zero up to the ceiling.
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

// ParseRetryAfter reads the Retry-After of a header in either of HTTP's forms, or in seconds with a fraction; 0 for none,
// for nonsense and for the past. A date is compared with the server's own Date, if there is one: clocks differ.
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

// seconds reads a decimal number, which saturates.
func seconds(value string) time.Duration {
	d, err := time.ParseDuration(value + "s")
	switch {
	case value == "":
		return 0
	case err != nil: // an overflow: there are only digits
		return math.MaxInt64
	default:
		return d
	}
}

func isDigits(s string) bool {
	return strings.Trim(s, "0123456789") == ""
}

// retryable reports whether the call may be sent again without any risk of doing twice what it did once.
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

// DidNotAct reports that the server said for certain that it refused the request: with a 4xx of HTTP, unless the body reports
// a success, or in the body under HTTP's 200, unless that contradicts itself. Under a 201 or a redirect, a refusal is a contradiction as it stands.
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

// Retryable reports whether the same call, sent again later, is safe and may do better. A stream that broke off may be
// begun again, though not behind the back of who has its first elements.
func (r *Result) Retryable(method string) bool {
	afresh := r.Attempt
	afresh.Streamed = false
	return afresh.retryable(method)
}

// Status is the code that decides: the body's where it reports a failure of its own, else HTTP's.
func (a *Attempt) Status() int {
	if a.Envelope.Failed && a.Envelope.Code >= http.StatusBadRequest {
		return a.Envelope.Code
	}
	return a.StatusCode
}

// Repeatable reports whether a method is one of HTTP's safe ones, which change nothing on the server.
func Repeatable(method string) bool {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace:
		return true
	default:
		return false
	}
}

// isPermanent knows the failures that another attempt would only repeat.
func isPermanent(err error) bool {
	var certificate *tls.CertificateVerificationError
	var notTLS tls.RecordHeaderError
	return errors.As(err, &certificate) || errors.As(err, &notTLS) || errors.Is(err, http.ErrSchemeMismatch) ||
		wasHeldBack(err)
}

// wasHeldBack knows the failures before a request was sent.
func wasHeldBack(err error) bool {
	return errors.Is(err, ErrLimiter) || errors.Is(err, ErrToken) || errors.Is(err, ErrBadToken) ||
		errors.Is(err, errTooLate) || errors.Is(err, errUnsendable)
}

// isTransient asks a decoder's error whether the answer will be another one soon.
func isTransient(err error) bool {
	var transient interface{ Transient() bool }
	return errors.As(err, &transient) && transient.Transient()
}
