package whatspie

import (
	"context"
	"errors"
	"iter"
	"net/http"
	"time"

	"github.com/whatspie-go/whatspie/internal/poll"
)

const (
	defaultPollInterval = 3 * time.Second
	minPollInterval     = time.Second
	// pollPatience is the number of intervals after which a hanging poll is abandoned.
	pollPatience = 3
)

// newPoller polls through c, whose attempt timeout is shortened so that a hanging poll does not block the next.
func newPoller(c *caller, interval time.Duration) *poll.Poller[Device] {
	return poll.New(poll.Source[Device]{
		List: func(ctx context.Context) iter.Seq2[*Device, error] { return boundedAll(ctx, c, WithoutRetry()) },
		Get: func(ctx context.Context, id int64) (*Device, error) {
			found, err := do[deviceResult](ctx, c, http.MethodGet, deviceRoute(id, ""), nil, []CallOption{WithoutRetry()})
			return found.device(), err
		},
		ID:         func(device *Device) int64 { return device.ID },
		IsGone:     func(err error) bool { return errors.Is(err, ErrNotFound) && hasEnvelope(err) },
		RetryAfter: c.retryAfter,
	}, interval)
}

// retryAfter returns the wait that the server requested, limited by the retry policy.
func (c *caller) retryAfter(err error) time.Duration {
	var failed *APIError
	if !errors.As(err, &failed) {
		return 0
	}
	return min(failed.RetryAfter, c.transport.Policy.MaxRetryAfter)
}
