package pairing

import (
	"math/rand/v2"
	"time"
)

const (
	// maxPause limits the pauses of an outage.
	maxPause = 30 * time.Second
	// minRetryAfterJitter is the minimum range of the jitter after a Retry-After.
	minRetryAfterJitter = 2 * time.Second
)

// schedule decides when to request the code.
type schedule struct {
	limits Limits
	// due is when the next request is to be sent, unless notBefore is later.
	due time.Time
	// notBefore is the end of the server's Retry-After.
	notBefore time.Time
	// lastSentAt is when the last request was sent.
	lastSentAt time.Time
	// outageSince is when the first request was sent that has had none of the API's own responses; zero if there is none.
	outageSince time.Time
	// predecessorSeenAt is when the last request that returned the latest code, or none, was sent: the next code is
	// newer. It is zero before the first response.
	predecessorSeenAt time.Time
	// freshUntil is the expected end of the code; zero if its start is unknown.
	freshUntil time.Time
	// isExpired reports that a poll has reported EXPIRED for the code shown.
	isExpired bool
	// ignoresExpired reports that a response has returned the code shown although the status was EXPIRED.
	ignoresExpired bool
}

func (s *schedule) next() time.Time {
	return later(s.due, s.notBefore)
}

func (s *schedule) isFresh(now time.Time) bool {
	return !s.isExpired && now.Before(s.freshUntil)
}

// nextCheck returns when to request the code after a request that gets a response: one recheck interval later, or
// earlier around the expected end.
func (s *schedule) nextCheck(sentAt time.Time) time.Time {
	next := sentAt.Add(s.limits.Recheck)
	for _, afterEnd := range []time.Duration{0, s.limits.Recheck / 4, s.limits.Recheck / 2, s.limits.Recheck} {
		if at := s.freshUntil.Add(afterEnd); at.After(sentAt) {
			return earlier(at, next)
		}
	}
	return next
}

// sent plans the next request. In an outage, each pause is twice as long as the outage so far, up to maxPause.
func (s *schedule) sent(now time.Time) {
	s.lastSentAt = now
	if s.outageSince.IsZero() {
		s.outageSince = now
	}
	s.due = later(s.nextCheck(now), now.Add(min(2*now.Sub(s.outageSince), maxPause)))
}

// responded records one of the API's own responses.
func (s *schedule) responded(requestedAt time.Time) {
	s.outageSince = time.Time{}
	if s.lastSentAt.After(requestedAt) { // a later request is in flight
		s.outageSince = s.lastSentAt
	}
}

// replaced plans the next request after a response with another code. Its age is unknown if it is the first one, or if it
// has outlived its lifetime.
func (s *schedule) replaced(requestedAt, now time.Time) {
	s.freshUntil, s.isExpired = time.Time{}, false
	if end := s.predecessorSeenAt.Add(s.limits.Lifetime); !s.predecessorSeenAt.IsZero() && end.After(now) {
		s.freshUntil = end
	}
	s.checked(requestedAt, now)
}

// confirmed plans the next request after a response with the code shown. The response to the last request proves that
// EXPIRED is wrong; that to an earlier one may be older than the status.
func (s *schedule) confirmed(requestedAt, now time.Time) {
	if s.isExpired && !requestedAt.Before(s.lastSentAt) {
		s.isExpired, s.ignoresExpired = false, true
	}
	s.checked(requestedAt, now)
}

// checked plans the next request after a response with the latest code, or with none.
func (s *schedule) checked(requestedAt, now time.Time) {
	s.predecessorSeenAt = requestedAt
	s.due = s.nextCheck(s.lastSentAt)
	if s.isFresh(now) {
		s.due = s.freshUntil
	}
}

// failed plans the next request in an outage: soon at first, then after pauses as long as the outage so far.
func (s *schedule) failed(now time.Time) {
	pause := min(max(s.limits.Recheck/4, now.Sub(s.outageSince)), maxPause)
	s.due = now.Add(pause + jitter(pause/4))
}

// postpone delays the next request by the server's Retry-After.
func (s *schedule) postpone(now time.Time, retryAfter time.Duration) {
	s.notBefore = later(s.notBefore, now.Add(retryAfter+jitter(max(retryAfter/10, minRetryAfterJitter))))
}

// polled records the status of a poll that began at the given time. EXPIRED is ignored if the poll began before the last
// request, whose response may be newer than the status.
func (s *schedule) polled(isExpired bool, began, now time.Time) {
	switch {
	case !isExpired:
		s.isExpired = false
	case !s.isExpired && !s.ignoresExpired && began.After(s.lastSentAt):
		s.isExpired, s.due = true, now
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
func jitter(limit time.Duration) time.Duration {
	return rand.N(limit + 1) //nolint:gosec // not security-sensitive
}
