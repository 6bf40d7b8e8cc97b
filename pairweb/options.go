package pairweb

import (
	"log/slog"
	"slices"

	"github.com/whatspie-go/whatspie"
)

// Option changes a [Handler].
type Option func(*config)

type config struct {
	pair   []whatspie.PairOption
	logger *slog.Logger
}

func newConfig(opts []Option) config {
	c := config{logger: slog.New(slog.DiscardHandler)}
	for _, opt := range opts {
		opt(&c)
	}
	return c
}

// WithPairOptions passes options on to [whatspie.DevicesService.Pair]. One that Pair refuses ends every pairing with
// "contact the operator", and the reason in the log.
func WithPairOptions(opts ...whatspie.PairOption) Option {
	return func(c *config) { c.pair = slices.Concat(c.pair, opts) }
}

// WithLogger tells why a pairing failed, which the page does not. Default: nobody is told.
func WithLogger(logger *slog.Logger) Option {
	return func(c *config) {
		if logger != nil {
			c.logger = logger
		}
	}
}
