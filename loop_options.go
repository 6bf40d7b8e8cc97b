package whatspie

import (
	"errors"
	"fmt"
	"time"
)

// PairOption changes one [DevicesService.Pair].
type PairOption interface{ applyPair(c *pairConfig) error }

type pairConfig struct {
	firstLifetime, lifetime time.Duration
	maxCodes                int
}

type pairOption func(*pairConfig) error

func (o pairOption) applyPair(c *pairConfig) error { return o(c) }

// WithQRLifetime says how long a code works after it was asked for, the first one included. Default 60 s for the
// first code of a session and 20 s for each next one, as WhatsApp has it; the [Client] remembers a device's session from
// one Pair to the next. A code that comes again while it lives keeps its end.
func WithQRLifetime(lifetime time.Duration) PairOption {
	return pairOption(func(c *pairConfig) error {
		if lifetime <= 0 {
			return fmt.Errorf("WithQRLifetime: %v is not positive", lifetime)
		}
		c.firstLifetime, c.lifetime = lifetime, lifetime
		return nil
	})
}

// WithMaxQRCodes bounds how many codes are asked for before [ErrQRCodesExhausted]. Default 6.
func WithMaxQRCodes(n int) PairOption {
	return pairOption(func(c *pairConfig) error {
		if n < 1 {
			return fmt.Errorf("WithMaxQRCodes: %d is below 1", n)
		}
		c.maxCodes = n
		return nil
	})
}

func newPairConfig(opts []PairOption) (pairConfig, error) {
	c := pairConfig{
		firstLifetime: defaultFirstQRLifetime,
		lifetime:      defaultQRLifetime,
		maxCodes:      defaultMaxQRCodes,
	}
	for _, opt := range opts {
		if opt == nil {
			return c, errors.New("a pair option is nil")
		}
		if err := opt.applyPair(&c); err != nil {
			return c, err
		}
	}
	return c, nil
}
