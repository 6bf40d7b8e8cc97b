package pairing

import "time"

// codelessTime measures how long the API has had no code. Outages do not count.
type codelessTime struct {
	total time.Duration
	// since is when the last request that found no code was sent; zero after any other result.
	since time.Time
}

// noCode records a request that found no code, and returns the total time without a code.
func (c *codelessTime) noCode(requestedAt time.Time) time.Duration {
	if !c.since.IsZero() {
		c.total += requestedAt.Sub(c.since)
	}
	c.since = requestedAt
	return c.total
}

// outage stops the measurement until the next request that finds no code.
func (c *codelessTime) outage() { c.since = time.Time{} }
