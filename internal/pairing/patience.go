package pairing

import "time"

// patience measures how long the API has had no code. Outages do not count.
type patience struct {
	spent time.Duration
	// noCodeAt is when the last request that found no code was sent; zero after any other result.
	noCodeAt time.Time
}

// noCode records a request that found no code, and returns the total time without a code.
func (p *patience) noCode(requestedAt time.Time) time.Duration {
	if !p.noCodeAt.IsZero() {
		p.spent += requestedAt.Sub(p.noCodeAt)
	}
	p.noCodeAt = requestedAt
	return p.spent
}

// outage stops the measurement until the next request that finds no code.
func (p *patience) outage() { p.noCodeAt = time.Time{} }
