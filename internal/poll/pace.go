package poll

import (
	"crypto/rand"
	"math"
	"math/big"
	"time"
)

const (
	// minGap is the minimum time between two polls of running loops, however many loops join.
	minGap = time.Second
	// maxBackoff is the maximum pause after failures, unless the interval is longer. Jitter adds up to half of it: 30 s
	// in all.
	maxBackoff = 20 * time.Second
)

// pace decides when the next poll is due. It outlives the loops, so that restarting a loop does not skip the backoff.
type pace struct {
	interval time.Duration
	failures int // in a row
	next     time.Time
	// earliest is the minimum time of the next poll, even if a joining loop brings it forward.
	earliest time.Time
	// held reports that earliest is a backoff or a Retry-After.
	held bool
	// wanted reports that a loop needs a poll as soon as allowed.
	wanted bool
}

// join registers a loop; idle reports that it is the first.
func (p *pace) join(now time.Time, atOnce, idle bool) {
	p.wanted = p.wanted || atOnce
	if !idle {
		return
	}
	if !p.held {
		p.earliest = now
	}
	p.next = now.Add(p.interval)
}

func (p *pace) due() time.Time {
	if p.wanted || p.next.Before(p.earliest) {
		return p.earliest
	}
	return p.next
}

func (p *pace) begin() { p.wanted = false }

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
	p.held = failed || retryAfter > 0
	p.next, p.earliest = now.Add(max(gap, p.interval)), now.Add(gap)
}

// backoff doubles from the interval up to maxBackoff, plus jitter.
func (p *pace) backoff() time.Duration {
	pause := p.interval
	for i := 1; i < p.failures && pause < maxBackoff; i++ {
		pause = min(2*pause, maxBackoff)
	}
	return pause + jitter(min(pause, maxBackoff)/2)
}

// jitter returns a random duration below the ceiling.
func jitter(ceiling time.Duration) time.Duration {
	picked, err := rand.Int(rand.Reader, big.NewInt(int64(max(ceiling, 1))))
	if err != nil {
		return ceiling
	}
	return time.Duration(picked.Int64())
}
