package pairing

import (
	"math/rand/v2"
	"time"
)

const (
	// longestPause bounds the pauses of an outage.
	longestPause = 30 * time.Second
	// spread is how far clients are spread that were sent away for the same time.
	spread = 2 * time.Second
)

// schedule decides when the code is asked for.
type schedule struct {
	rule Rule
	// due is when the next request is sent.
	due time.Time
	// last is when the last request was sent.
	last time.Time
	// notBefore is until when the server wants no request.
	notBefore time.Time
	// silentSince is when the first request was sent that has brought nothing; zero if the last one brought something.
	silentSince time.Time
	// trustedUntil is the expected end of the code; zero if its beginning is not known.
	trustedUntil time.Time
	// expired means that the status is EXPIRED and the code has not been replaced since.
	expired bool
	// misleading means that a response confirmed the code although the status is EXPIRED, until it is another.
	misleading bool
}

func (s *schedule) next() time.Time {
	return later(s.due, s.notBefore)
}

// replaced takes in that another code is on show, which is trusted until then.
func (s *schedule) replaced(trustedUntil time.Time) {
	s.trustedUntil, s.expired = trustedUntil, s.misleading
}

// confirmed takes in that the code on show is still the one.
func (s *schedule) confirmed() { s.misleading = s.expired }

func (s *schedule) trusts(now time.Time) bool { return now.Before(s.trustedUntil) && !s.expired }

// check is when to ask next if the last request before now gets a response.
func (s *schedule) check(now time.Time) time.Time {
	next := now.Add(s.rule.Recheck)
	for _, late := range []time.Duration{0, s.rule.Recheck / 4, s.rule.Recheck / 2, s.rule.Recheck} {
		if late > 0 && s.misleading {
			break // without any trust, the code is asked for often enough
		}
		if at := s.trustedUntil.Add(late); at.After(now) {
			return earlier(at, next)
		}
	}
	return next
}

// sent plans the request after this one. While nothing comes back, each pause is as long as the silence before it.
func (s *schedule) sent(now time.Time) {
	s.last = now
	if s.silentSince.IsZero() {
		s.silentSince = now
	}
	s.due = later(s.check(now), now.Add(min(2*now.Sub(s.silentSince), longestPause)))
}

// answered plans the next request after a response that was the API's own.
func (s *schedule) answered(asked, now time.Time) {
	s.silentSince = time.Time{}
	if s.last.After(asked) { // a later request is under way
		s.silentSince = s.last
	}
	s.due = s.check(s.last)
	if s.trusts(now) {
		s.due = s.trustedUntil
	}
}

// failed plans the next request after an outage's response: soon, then after pauses as long as the outage before them.
func (s *schedule) failed(now time.Time, retryAfter time.Duration) {
	pause := min(max(s.rule.Recheck/4, now.Sub(s.silentSince)), longestPause)
	s.due = now.Add(pause + jitter(pause/4))
	if retryAfter > 0 {
		s.notBefore = now.Add(retryAfter + jitter(max(retryAfter/10, spread)))
	}
}

// observed takes in a status from a poll that began at the given time. EXPIRED asks for the code at once when it is news,
// and ends the code's trust for as long as it lasts.
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

// jitter spreads clients that would otherwise return together.
func jitter(most time.Duration) time.Duration {
	return rand.N(most + 1) //nolint:gosec // no secret depends on it
}
