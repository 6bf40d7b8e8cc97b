package pairing

import "time"

// patience measures how long the API has had no code. Outages do not count.
type patience struct {
	spent time.Duration
	// since is when the last request without a code was sent; zero after any other response.
	since time.Time
}

// wait records a request that found no code, and returns the total time.
func (p *patience) wait(asked time.Time) time.Duration {
	if !p.since.IsZero() {
		p.spent += asked.Sub(p.since)
	}
	p.since = asked
	return p.spent
}

// pause records an outage.
func (p *patience) pause() { p.since = time.Time{} }
