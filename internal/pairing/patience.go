package pairing

import "time"

// patience adds up how long the API has had no code. The time of an outage does not count.
type patience struct {
	spent time.Duration
	// since is when the last request was sent that found the API without a code; zero after another response.
	since time.Time
}

// wait takes in that a request found no code, and returns the time in all.
func (p *patience) wait(asked time.Time) time.Duration {
	if !p.since.IsZero() {
		p.spent += asked.Sub(p.since)
	}
	p.since = asked
	return p.spent
}

// pause takes in an outage.
func (p *patience) pause() { p.since = time.Time{} }
