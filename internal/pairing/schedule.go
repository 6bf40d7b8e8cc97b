package pairing

import (
	"math/rand/v2"
	"time"
)

const (
	// longestPause limits the pauses of an outage.
	longestPause = 30 * time.Second
	// spread is the minimum range of the jitter after a Retry-After.
	spread = 2 * time.Second
)

// schedule decides when to request the code.
type schedule struct {
	rule Rule
	// due is when the next request is sent.
	due time.Time
	// last is when the last request was sent.
	last time.Time
	// notBefore is the end of the server's Retry-After.
	notBefore time.Time
	// silentSince is when the first request without a response was sent; zero if none is outstanding.
	silentSince time.Time
	// trustedUntil is the expected end of the code; zero if its start is unknown.
	trustedUntil time.Time
	// expired reports status EXPIRED, and no replacement of the code since.
	expired bool
	// misleading reports that a response confirmed the code despite EXPIRED, which is then ignored until the status
	// changes.
	misleading bool
}

func (s *schedule) next() time.Time {
	return later(s.due, s.notBefore)
}

// replaced records that another code is shown, trusted until the given time.
func (s *schedule) replaced(trustedUntil time.Time) {
	s.trustedUntil, s.expired = trustedUntil, s.misleading
}

// confirmed records that the code shown is still current.
func (s *schedule) confirmed() { s.misleading = s.expired }

func (s *schedule) trusts(now time.Time) bool { return now.Before(s.trustedUntil) && !s.expired }

// check returns when to request next, assuming that the last request gets a response.
func (s *schedule) check(now time.Time) time.Time {
	next := now.Add(s.rule.Recheck)
	for _, late := range []time.Duration{0, s.rule.Recheck / 4, s.rule.Recheck / 2, s.rule.Recheck} {
		if late > 0 && s.misleading {
			break // an untrusted code is requested every recheck interval anyway
		}
		if at := s.trustedUntil.Add(late); at.After(now) {
			return earlier(at, next)
		}
	}
	return next
}

// sent plans the next request. Without responses, each pause is as long as the silence before it.
func (s *schedule) sent(now time.Time) {
	s.last = now
	if s.silentSince.IsZero() {
		s.silentSince = now
	}
	s.due = later(s.check(now), now.Add(min(2*now.Sub(s.silentSince), longestPause)))
}

// answered plans the next request after one of the API's own responses.
func (s *schedule) answered(asked, now time.Time) {
	s.silentSince = time.Time{}
	if s.last.After(asked) { // a later request is in flight
		s.silentSince = s.last
	}
	s.due = s.check(s.last)
	if s.trusts(now) {
		s.due = s.trustedUntil
	}
}

// failed plans the next request in an outage: soon at first, then after pauses as long as the outage so far.
func (s *schedule) failed(now time.Time, retryAfter time.Duration) {
	pause := min(max(s.rule.Recheck/4, now.Sub(s.silentSince)), longestPause)
	s.due = now.Add(pause + jitter(pause/4))
	if retryAfter > 0 {
		s.notBefore = now.Add(retryAfter + jitter(max(retryAfter/10, spread)))
	}
}

// observed records the status of a poll that began at the given time. A new EXPIRED requests the code at once; the code
// is not trusted while EXPIRED lasts.
func (s *schedule) observed(expired bool, began, now time.Time) {
	isNews := expired && !s.expired
	s.expired, s.misleading = expired, expired && s.misleading
	switch {
	case !expired || s.last.IsZero() || !began.After(s.last):
	case isNews:
		s.due = now
	default:
		s.due = earlier(s.due, s.last.Add(s.rule.Recheck))
	}
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// jitter spreads clients that would otherwise return at the same time.
func jitter(most time.Duration) time.Duration {
	return rand.N(most + 1) //nolint:gosec // not security-sensitive
}
