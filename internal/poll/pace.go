package poll

import (
	"crypto/rand"
	"math"
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
	// scheduled is when the next poll is due if no subscriber requests one earlier.
	scheduled time.Time
	// earliest is the minimum time of the next poll, even if a subscriber requests one.
	earliest time.Time
	// isBackoff reports that earliest is due to a failure or a Retry-After.
	isBackoff bool
	// isRequested reports that a subscriber requests a poll as early as possible.
	isRequested bool
}

// subscribed schedules a poll for a new subscriber; isFirst reports that no other one is there.
func (p *pace) subscribed(now time.Time, atOnce, isFirst bool) {
	p.isRequested = p.isRequested || atOnce
	if !isFirst {
		return
	}
	if !p.isBackoff {
		p.earliest = now
	}
	p.scheduled = now.Add(p.interval)
}

func (p *pace) due() time.Time {
	if p.isRequested || p.scheduled.Before(p.earliest) {
		return p.earliest
	}
	return p.scheduled
}

func (p *pace) begin() { p.isRequested = false }

// end schedules the next poll after one has ended.
func (p *pace) end(now time.Time, failed bool, retryAfter time.Duration) {
	gap := minGap
	if failed {
		p.failures++
		gap = p.backoff()
	} else {
		p.failures = 0
	}
	if retryAfter > 0 {
		spread := min(max(retryAfter/10, p.interval), math.MaxInt64-retryAfter)
		gap = max(gap, retryAfter+jitter(spread))
	}
	p.isBackoff = failed || retryAfter > 0
	p.scheduled, p.earliest = now.Add(max(gap, p.interval)), now.Add(gap)
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
