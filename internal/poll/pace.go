package poll

import (
	"crypto/rand"
	"math/big"
	"time"
)

const (
	// minGap is the minimum time between two polls of a running worker, however many subscribers come.
	minGap = time.Second
	// maxBackoff is the maximum pause after failures, unless the interval is longer. Jitter adds up to half of it: 30 s
	// in all.
	maxBackoff = 20 * time.Second
)

// pace decides when the next poll is due. It outlives the worker, so that restarting a loop does not skip the backoff.
type pace struct {
	interval time.Duration
	failures int // in a row
	// notBefore is the end of the backoff or of the server's Retry-After. No poll begins earlier.
	notBefore time.Time
	// scheduled is when the next poll is due, and earliest when it is due if a subscriber has requested one.
	scheduled, earliest time.Time
	isRequested         bool
}

// subscribed schedules a poll for a new subscriber; isFirst reports that no other one is there.
func (p *pace) subscribed(now time.Time, atOnce, isFirst bool) {
	if isFirst {
		p.scheduled, p.earliest, p.isRequested = now.Add(p.interval), now, false
	}
	p.isRequested = p.isRequested || atOnce
}

func (p *pace) due() time.Time {
	due := p.scheduled
	if p.isRequested {
		due = p.earliest
	}
	if due.Before(p.notBefore) {
		return p.notBefore
	}
	return due
}

func (p *pace) begin() { p.isRequested = false }

// end schedules the next poll after one has ended.
func (p *pace) end(now time.Time, failed bool, retryAfter time.Duration) {
	var pause time.Duration
	if failed {
		p.failures++
		pause = p.backoff()
	} else {
		p.failures = 0
	}
	if retryAfter > 0 {
		pause = max(pause, retryAfter+jitter(max(retryAfter/10, p.interval)))
	}
	p.scheduled, p.earliest, p.notBefore = now.Add(p.interval), now.Add(minGap), now.Add(pause)
}

// backoff doubles from the interval up to maxBackoff, plus jitter.
func (p *pace) backoff() time.Duration {
	pause := p.interval
	for i := 1; i < p.failures && pause < maxBackoff; i++ {
		pause = min(2*pause, maxBackoff)
	}
	return pause + jitter(min(pause, maxBackoff)/2)
}

// jitter returns a random duration below the limit.
func jitter(limit time.Duration) time.Duration {
	random, err := rand.Int(rand.Reader, big.NewInt(int64(max(limit, 1))))
	if err != nil {
		return limit
	}
	return time.Duration(random.Int64())
}
