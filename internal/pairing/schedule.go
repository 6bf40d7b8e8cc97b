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

// expiredStatus says how the status EXPIRED affects the code shown.
type expiredStatus int

const (
	// notExpired is the initial state. It is entered when a poll reports a status other than EXPIRED, and from
	// reportedExpired when another code is shown. Only in this state can the code be fresh.
	notExpired expiredStatus = iota
	// reportedExpired is entered from notExpired when a poll reports EXPIRED. The code is requested at once.
	reportedExpired
	// wronglyExpired is entered from reportedExpired when a response returns the same code. Until a poll reports
	// another status, EXPIRED no longer causes a request at once.
	wronglyExpired
)

// schedule decides when to request the code.
type schedule struct {
	rule Rule
	// due is when the next request is to be sent.
	due time.Time
	// lastSentAt is when the last request was sent.
	lastSentAt time.Time
	// notBefore is the end of the server's Retry-After.
	notBefore time.Time
	// noResponseSince is when the first request without a response was sent; zero if none is outstanding.
	noResponseSince time.Time
	// freshUntil is the expected end of the code; zero if its start is unknown.
	freshUntil time.Time
	expired    expiredStatus
}

func (s *schedule) next() time.Time {
	return later(s.due, s.notBefore)
}

// replaced records that another code is shown, with its expected end.
func (s *schedule) replaced(freshUntil time.Time) {
	s.freshUntil = freshUntil
	if s.expired == reportedExpired {
		s.expired = notExpired
	}
}

// confirmed records that a response returned the code shown.
func (s *schedule) confirmed() {
	if s.expired == reportedExpired {
		s.expired = wronglyExpired
	}
}

func (s *schedule) isFresh(now time.Time) bool {
	return s.expired == notExpired && now.Before(s.freshUntil)
}

// nextCheck returns when to request the code after a request that gets a response: one recheck interval later, or
// earlier around the expected end.
func (s *schedule) nextCheck(sentAt time.Time) time.Time {
	next := sentAt.Add(s.rule.Recheck)
	for _, afterEnd := range []time.Duration{0, s.rule.Recheck / 4, s.rule.Recheck / 2, s.rule.Recheck} {
		if afterEnd > 0 && s.expired == wronglyExpired {
			break // the code is requested once per recheck interval anyway
		}
		if at := s.freshUntil.Add(afterEnd); at.After(sentAt) {
			return earlier(at, next)
		}
	}
	return next
}

// sent plans the next request. Without responses, each pause is as long as the time since the first unanswered request.
func (s *schedule) sent(now time.Time) {
	s.lastSentAt = now
	if s.noResponseSince.IsZero() {
		s.noResponseSince = now
	}
	s.due = later(s.nextCheck(now), now.Add(min(2*now.Sub(s.noResponseSince), maxPause)))
}

// responded plans the next request after one of the API's own responses.
func (s *schedule) responded(requestedAt, now time.Time) {
	s.noResponseSince = time.Time{}
	if s.lastSentAt.After(requestedAt) { // a later request is in flight
		s.noResponseSince = s.lastSentAt
	}
	s.due = s.nextCheck(s.lastSentAt)
	if s.isFresh(now) {
		s.due = s.freshUntil
	}
}

// failed plans the next request in an outage: soon at first, then after pauses as long as the outage so far.
func (s *schedule) failed(now time.Time) {
	pause := min(max(s.rule.Recheck/4, now.Sub(s.noResponseSince)), maxPause)
	s.due = now.Add(pause + jitter(pause/4))
}

// postpone delays the next request by the server's Retry-After.
func (s *schedule) postpone(now time.Time, retryAfter time.Duration) {
	s.notBefore = now.Add(retryAfter + jitter(max(retryAfter/10, minRetryAfterJitter)))
}

// polled records the status of a poll that began at the given time. EXPIRED brings the next request forward only if the
// poll began after the last request, whose response may be newer than the status otherwise.
func (s *schedule) polled(isExpired bool, began, now time.Time) {
	isNew := isExpired && s.expired == notExpired
	switch {
	case !isExpired:
		s.expired = notExpired
	case isNew:
		s.expired = reportedExpired
	}
	switch {
	case !isExpired || s.lastSentAt.IsZero() || !began.After(s.lastSentAt):
	case isNew:
		s.due = now
	default:
		s.due = earlier(s.due, s.lastSentAt.Add(s.rule.Recheck))
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
