package whatspie

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"strings"
	"time"

	"github.com/whatspie-go/whatspie/internal/transport"
)

// Version is the version of this package. The default User-Agent is "whatspie-go/" and Version.
const Version = "0.1.0"

// The defaults of a [Client].
const (
	defaultMaxAttempts      = 4
	defaultMinWait          = 500 * time.Millisecond
	defaultMaxWait          = 8 * time.Second
	defaultMaxRetryAfter    = time.Minute
	defaultRetryBudget      = 100
	defaultAttemptTimeout   = 30 * time.Second
	defaultMaxResponseBytes = 32 << 20
	defaultUserAgent        = "whatspie-go/" + Version
)

const (
	defaultPollInterval = 3 * time.Second
	minPollInterval     = time.Second
	maxPollInterval     = 24 * time.Hour
)

// Option changes a [Client]. Options may be given in any order. If two of them set the same value, the later one wins.
type Option func(*settings) error

// TokenSource returns the bearer token for one attempt. It is called before every attempt, including retries, so a
// rotated token is used at once. It must be safe for concurrent use and obey its context. All its tokens must belong to
// one account, because the loops of a [Client] share their polls. A poll carries the context values of the loop that
// started first, and has no deadline: limit the time yourself.
type TokenSource func(ctx context.Context) (string, error)

// Limiter delays attempts. [golang.org/x/time/rate.Limiter] is one. Wait is called before every attempt, including
// retries and polls. Its error ends the call. The context of a poll has no deadline.
//
// [golang.org/x/time/rate.Limiter]: https://pkg.go.dev/golang.org/x/time/rate#Limiter
type Limiter interface {
	// Wait blocks until the attempt may be sent, or returns an error if it may not.
	Wait(ctx context.Context) error
}

// RetryPolicy sets how often a call is attempted, and how long it waits between attempts. A zero field means the
// default.
type RetryPolicy struct {
	// MaxAttempts is the maximum number of attempts of one call, including the first. Default 4; 1 means no retries.
	MaxAttempts int
	// MinWait is the upper limit of the random wait before the second attempt. The limit doubles with each further
	// attempt. Default 500 ms, or MaxWait if that is shorter.
	MinWait time.Duration
	// MaxWait is the highest value of that limit, and so the longest random wait. Default 8 s, or MinWait if that is
	// longer.
	MaxWait time.Duration
	// MaxRetryAfter is the longest wait that a server may ask for with Retry-After. If it asks for more, the call fails at
	// once, with APIError.RetryAfter set. Default 60 s. The loops, such as Watch, do not fail; they treat a longer
	// Retry-After as 60 s.
	MaxRetryAfter time.Duration
	// Budget is the number of retries that all calls of the Client share, so that retries do not multiply the load of an
	// outage. It regains one retry per second, and one for every 10 calls whose last response is not a retryable failure.
	// While it is spent, a call that would be retried fails instead, with an error that also matches ErrRetryBudget.
	// Default 100; NoRetryBudget means no limit.
	Budget int
}

// NoRetryBudget as [RetryPolicy.Budget] means that the calls of a client share no budget: only MaxAttempts limits the
// retries.
const NoRetryBudget = -1

type settings struct {
	config       transport.Config
	baseURL      string
	insecureHTTP bool
	retry        RetryPolicy
	drifts       *drifts
	pollInterval time.Duration
}

// WithBaseURL sets the address of the API, such as that of a test server or a proxy. A path in it is a prefix of every
// request's path. Plain http is refused with [ErrInsecureURL], except on a loopback address or with [WithInsecureHTTP].
// Default: [DefaultBaseURL].
func WithBaseURL(baseURL string) Option {
	return func(s *settings) error {
		s.baseURL = baseURL
		return nil
	}
}

// WithHTTPClient sends the requests through a copy of client, with the same transport and cookie jar. The original is
// not changed, and its idle connections are not closed. If its Timeout is shorter than that of [WithAttemptTimeout], it
// takes precedence. Its CheckRedirect can refuse redirects that the [Client] would follow, but not allow others.
// Default: [http.DefaultClient].
//
// The transport cannot send a write twice: if it gets a second connection for one that was already sent, the attempt
// ends. Attempts, limiter and budget do not count redirects, nor the one time that a read is sent again because an idle
// connection was dead. The [Client] detects a retry of the transport through the [net/http/httptrace.ClientTrace] in
// the request's context. A transport that sends the request with another context must therefore not retry requests that
// may change something, and a transport that sends requests of its own, such as one for a token, must not use the
// context of the request for them.
func WithHTTPClient(client *http.Client) Option {
	return func(s *settings) error {
		if client == nil {
			return errors.New("WithHTTPClient: the client is nil")
		}
		s.config.HTTPClient = client
		return nil
	}
}

// WithTokenSource gets the token from a function. The token argument of [NewClient] is then ignored.
func WithTokenSource(source TokenSource) Option {
	return func(s *settings) error {
		if source == nil {
			return errors.New("WithTokenSource: the source is nil")
		}
		s.config.Token = source
		return nil
	}
}

// WithRetry sets the retry policy. Zero fields keep their defaults.
func WithRetry(policy RetryPolicy) Option {
	return func(s *settings) error {
		switch {
		case policy.MaxAttempts < 0:
			return errors.New("WithRetry: MaxAttempts is negative")
		case policy.MinWait < 0:
			return errors.New("WithRetry: MinWait is negative")
		case policy.MaxWait < 0:
			return errors.New("WithRetry: MaxWait is negative")
		case policy.MaxRetryAfter < 0:
			return errors.New("WithRetry: MaxRetryAfter is negative")
		case policy.Budget < NoRetryBudget:
			return fmt.Errorf("WithRetry: Budget is %d; NoRetryBudget is %d", policy.Budget, NoRetryBudget)
		case policy.MaxWait > 0 && policy.MinWait > policy.MaxWait:
			return fmt.Errorf("WithRetry: MinWait %v is longer than MaxWait %v", policy.MinWait, policy.MaxWait)
		}
		s.retry = policy
		return nil
	}
}

// WithAttemptTimeout limits the time of each attempt, from its connection to the last byte of the response. For
// [DevicesService.All] it limits the wait for each device. Default 30 s. The caller's context limits the whole call.
func WithAttemptTimeout(timeout time.Duration) Option {
	return func(s *settings) error {
		if timeout <= 0 {
			return fmt.Errorf("WithAttemptTimeout: %v is not positive", timeout)
		}
		s.config.AttemptTimeout = timeout
		return nil
	}
}

// WithLimiter delays every attempt until the limiter allows it. Default: none.
func WithLimiter(limiter Limiter) Option {
	return func(s *settings) error {
		if limiter == nil {
			return errors.New("WithLimiter: the limiter is nil")
		}
		s.config.Limiter = limiter
		return nil
	}
}

// WithLogger logs one debug record per attempt and one warning per retry. They contain no token, QR code or body.
// Durations are texts with a unit, such as "1.5ms". Default: nothing is logged.
func WithLogger(logger *slog.Logger) Option {
	return func(s *settings) error {
		if logger == nil {
			return errors.New("WithLogger: the logger is nil")
		}
		s.config.Logger = logger
		return nil
	}
}

// WithUserAgent sets the User-Agent header. Default "whatspie-go/" and [Version].
func WithUserAgent(userAgent string) Option {
	return func(s *settings) error {
		if strings.TrimSpace(userAgent) == "" || hasControl(userAgent) {
			return errors.New("WithUserAgent: the text is blank or contains a control character")
		}
		s.config.UserAgent = userAgent
		return nil
	}
}

// WithMaxResponseBytes limits how much of a response is read, in bytes after decompression. For [DevicesService.List]
// it limits all pages together, for [DevicesService.All] each device. A list that the loops or
// [DevicesService.CreateConfirmed] read is limited to n bytes per device, and 16 times n in all. With a larger response,
// the call fails with [ErrResponseTooLarge], or the loop's poll does. Default 32 MiB.
func WithMaxResponseBytes(n int64) Option {
	return func(s *settings) error {
		if n < 1 || n == math.MaxInt64 {
			return fmt.Errorf("WithMaxResponseBytes: %d is out of range", n)
		}
		s.config.MaxBytes = n
		return nil
	}
}

// WithInsecureHTTP allows a base URL with plain http to any host, such as a fake API in another container. The token is
// then sent unencrypted.
func WithInsecureHTTP() Option {
	return func(s *settings) error {
		s.insecureHTTP = true
		return nil
	}
}

// WithPollInterval sets how often the status of devices is read while loops ([DevicesService.Watch],
// [DevicesService.Pair], [DevicesService.WaitPaired]) run. All loops share their polls. Default 3 s; the API's
// documentation asks for 3 to 5 s. [NewClient] returns an error for less than 1 s or more than 24 h. A poll fails if
// the device, or the next device of the list, does not arrive within three intervals, or within [WithAttemptTimeout] if
// that is shorter. A list may take five minutes in all.
func WithPollInterval(interval time.Duration) Option {
	return func(s *settings) error {
		if interval < minPollInterval {
			return fmt.Errorf("WithPollInterval: %v is below %v", interval, minPollInterval)
		}
		if interval > maxPollInterval {
			return fmt.Errorf("WithPollInterval: %v is above %v", interval, maxPollInterval)
		}
		s.pollInterval = interval
		return nil
	}
}

// WithDriftHandler calls handler when a response differs from the API's documentation: once per client for each
// distinct [Drift], up to 1,000, after the call that found it. Missing, null and empty values are not reported. The
// handler runs on the goroutine of the call or of the polls, so it may run several times at once. Default: responses
// are not compared.
func WithDriftHandler(handler func(Drift)) Option {
	return func(s *settings) error {
		if handler == nil {
			return errors.New("WithDriftHandler: the handler is nil")
		}
		s.drifts = &drifts{handler: handler, reported: map[Drift]bool{}}
		return nil
	}
}
