package whatspie

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/whatspie-go/whatspie/internal/transport"
)

// DefaultBaseURL is where the API lives.
const DefaultBaseURL = "https://api.whatspie.com"

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

// Option sets one thing of a [Client]. Options may be given in any order; of two that set the same thing, the
// later one counts.
type Option func(*settings) error

// TokenSource returns the bearer token for one attempt. It is asked before every attempt, retries included, so a
// token that was rotated meanwhile is used at once. It must be safe for concurrent use and obey its context. All its
// tokens are one account's: the loops of a [Client] share their polls, with the context values of the first of them.
type TokenSource func(ctx context.Context) (string, error)

// Limiter holds attempts back. [golang.org/x/time/rate.Limiter] is one. Wait is called before every attempt,
// retries and polls included; its error ends the call.
//
// [golang.org/x/time/rate.Limiter]: https://pkg.go.dev/golang.org/x/time/rate#Limiter
type Limiter interface {
	// Wait returns nil when the attempt may be sent, or why it may not.
	Wait(ctx context.Context) error
}

// RetryPolicy says how often and how patiently a call is tried. A zero field means its default.
type RetryPolicy struct {
	// MaxAttempts counts all attempts of one call, the first included. Default 4; 1 means no retries.
	MaxAttempts int
	// MinWait is the ceiling of the random wait before the second attempt; it doubles with each further one.
	// Default 500 ms, or MaxWait where that is shorter.
	MinWait time.Duration
	// MaxWait is the highest such ceiling. Default 8 s, or MinWait where that is longer.
	MaxWait time.Duration
	// MaxRetryAfter is the longest wait that a server may ask for by Retry-After. A longer one fails the call at
	// once, with APIError.RetryAfter set. Default 60 s.
	MaxRetryAfter time.Duration
	// Budget bounds the retries of all calls of the Client together, so that its callers do not multiply an
	// outage: that many at once, one more each second, and one more for every 10 calls that the server answers.
	// When it is spent, a call fails with its last failure and ErrRetryBudget. Default 100; NoRetryBudget for no bound.
	Budget int
}

// NoRetryBudget is the [RetryPolicy.Budget] of a client whose calls share no budget: only MaxAttempts bounds the retries.
const NoRetryBudget = -1

type settings struct {
	config        transport.Config
	baseURL       string
	insecureHTTP  bool
	retry         RetryPolicy
	tokenReplaced bool
	drifts        *drifts
	pollInterval  time.Duration
}

// WithBaseURL sends the calls to another place than [DefaultBaseURL], such as a test server or a proxy. A path is
// kept as a prefix. Plain http is refused with [ErrInsecureURL] except on a loopback address: see
// [WithInsecureHTTP].
func WithBaseURL(baseURL string) Option {
	return func(s *settings) error {
		s.baseURL = baseURL
		return nil
	}
}

// WithHTTPClient sends the calls through a copy of the client, which itself is never changed. Its transport and cookie jar
// are used. Its Timeout, if shorter, takes the place of [WithAttemptTimeout]. Its CheckRedirect is asked after our own
// rule. Its idle connections are left alone. Default: [http.DefaultClient].
//
// A transport that retries by itself cannot send a request twice: once the request was sent, a second connection for it
// ends the attempt. Each retry is the client's own, so that its attempts, limiter and budget count what is sent. This is
// noticed through the [net/http/httptrace.ClientTrace] in the request's context: a transport that sends with another context
// must not retry requests that change something. A transport that sends requests of its own, such as one for a token, gives
// them a context of their own.
func WithHTTPClient(client *http.Client) Option {
	return func(s *settings) error {
		if client == nil {
			return errors.New("WithHTTPClient: the client is nil")
		}
		s.config.HTTPClient = client
		return nil
	}
}

// WithTokenSource takes the token from a function in place of the one given to [NewClient], which may then be
// empty.
func WithTokenSource(source TokenSource) Option {
	return func(s *settings) error {
		if source == nil {
			return errors.New("WithTokenSource: the source is nil")
		}
		s.config.Token, s.tokenReplaced = source, true
		return nil
	}
}

// WithRetry changes the retries. Fields left zero keep their defaults.
func WithRetry(policy RetryPolicy) Option {
	return func(s *settings) error {
		if policy.MaxAttempts < 0 || policy.MinWait < 0 || policy.MaxWait < 0 || policy.MaxRetryAfter < 0 || policy.Budget < NoRetryBudget {
			return errors.New("WithRetry: a field is negative")
		}
		if policy.MaxWait > 0 && policy.MinWait > policy.MaxWait {
			return fmt.Errorf("WithRetry: MinWait %v is longer than MaxWait %v", policy.MinWait, policy.MaxWait)
		}
		s.retry = policy
		return nil
	}
}

// WithAttemptTimeout bounds each attempt, from its connection to the last byte of its answer; for
// [DevicesService.All] it bounds the wait for each device. Default 30 s. The caller's context bounds the whole call.
func WithAttemptTimeout(timeout time.Duration) Option {
	return func(s *settings) error {
		if timeout <= 0 {
			return fmt.Errorf("WithAttemptTimeout: %v is not positive", timeout)
		}
		s.config.AttemptTimeout = timeout
		return nil
	}
}

// WithLimiter holds every attempt back until the limiter lets it go. Default: none.
func WithLimiter(limiter Limiter) Option {
	return func(s *settings) error {
		if limiter == nil {
			return errors.New("WithLimiter: the limiter is nil")
		}
		s.config.Limiter = limiter
		return nil
	}
}

// WithLogger logs one debug record per attempt and one warning per retry. Durations are texts with a unit, such as
// "1.5ms". Neither token nor QR code nor body is ever in them. Default: nothing is logged.
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
			return errors.New("WithUserAgent: the text is blank or has a control character in it")
		}
		s.config.UserAgent = userAgent
		return nil
	}
}

// WithMaxResponseBytes bounds how much of a response is read, in bytes after decompression; for [DevicesService.List] it
// bounds all pages together, for [DevicesService.All] each device. Default 32 MiB. More than that is [ErrResponseTooLarge].
func WithMaxResponseBytes(n int64) Option {
	return func(s *settings) error {
		if n < 1 || n == math.MaxInt64 {
			return fmt.Errorf("WithMaxResponseBytes: %d is out of range", n)
		}
		s.config.MaxBytes = n
		return nil
	}
}

// WithInsecureHTTP allows a base URL with plain http to any host. The token then travels readably.
func WithInsecureHTTP() Option {
	return func(s *settings) error {
		s.insecureHTTP = true
		return nil
	}
}

// WithPollInterval sets how often the status of devices is read while loops run: [DevicesService.Watch],
// [DevicesService.Pair], [DevicesService.WaitPaired]. They share their polls. Default 3 s; the API's documentation asks for
// 3 to 5 s, and less than 1 s is refused. A poll that hangs for three intervals, or for the time of [WithAttemptTimeout]
// if that is shorter, has failed.
func WithPollInterval(interval time.Duration) Option {
	return func(s *settings) error {
		if interval < minPollInterval {
			return fmt.Errorf("WithPollInterval: %v is below %v", interval, minPollInterval)
		}
		s.pollInterval = interval
		return nil
	}
}

func newSettings(token string, opts []Option) (*settings, error) {
	s := &settings{
		baseURL:      DefaultBaseURL,
		pollInterval: defaultPollInterval,
		config: transport.Config{
			HTTPClient:     http.DefaultClient,
			Token:          func(context.Context) (string, error) { return token, nil },
			AttemptTimeout: defaultAttemptTimeout,
			MaxBytes:       defaultMaxResponseBytes,
			Logger:         slog.New(slog.DiscardHandler),
			UserAgent:      defaultUserAgent,
		},
	}
	for _, opt := range opts {
		if opt == nil {
			return nil, errors.New("an option is nil")
		}
		if err := opt(s); err != nil {
			return nil, err
		}
	}
	if !s.tokenReplaced {
		if err := transport.CheckToken(token); err != nil {
			return nil, err
		}
	}
	s.config.Policy = s.retry.merged()
	base, err := parseBaseURL(s.baseURL, s.insecureHTTP)
	s.config.Base = base
	return s, err
}

// polling is the configuration of polls, which are given up earlier than calls.
func (s *settings) polling() transport.Config {
	config := s.config
	if s.pollInterval < config.AttemptTimeout/pollPatience {
		config.AttemptTimeout = pollPatience * s.pollInterval
	}
	return config
}

// merged fills in the defaults, which give way where the field beside them was set beyond them.
func (p RetryPolicy) merged() transport.Policy {
	merged := transport.Policy{
		MaxAttempts:   p.MaxAttempts,
		MinWait:       p.MinWait,
		MaxWait:       p.MaxWait,
		MaxRetryAfter: p.MaxRetryAfter,
		Budget:        p.Budget,
	}
	if merged.MaxAttempts == 0 {
		merged.MaxAttempts = defaultMaxAttempts
	}
	if merged.MaxRetryAfter == 0 {
		merged.MaxRetryAfter = defaultMaxRetryAfter
	}
	switch p.Budget {
	case 0:
		merged.Budget = defaultRetryBudget
	case NoRetryBudget:
		merged.Budget = 0
	}
	if merged.MaxWait == 0 {
		merged.MaxWait = max(defaultMaxWait, p.MinWait)
	}
	if merged.MinWait == 0 {
		merged.MinWait = min(defaultMinWait, merged.MaxWait)
	}
	return merged
}

// parseBaseURL never repeats the URL where it may hold a password.
func parseBaseURL(raw string, insecure bool) (*url.URL, error) {
	base, err := url.Parse(raw)
	switch {
	case err != nil || hasStrayColon(base) || !isPort(base.Port()):
		return nil, errors.New("the base URL cannot be parsed")
	case base.User != nil:
		return nil, errors.New("the base URL has user information in it: the token is the only credential")
	case base.Scheme != "https" && base.Scheme != "http" || base.Hostname() == "":
		return nil, errors.New("the base URL needs a scheme (https) and a host, like " + DefaultBaseURL)
	case base.RawQuery != "" || base.ForceQuery || base.Fragment != "":
		return nil, errors.New("the base URL has a query or a fragment")
	case base.Scheme == "http" && !insecure && !isLoopback(base.Hostname()):
		return nil, fmt.Errorf("%w: the token would be readable on its way to %s; WithInsecureHTTP allows that", ErrInsecureURL, base.Host)
	}
	trimmed := strings.TrimRight(base.EscapedPath(), "/")
	if trimmed != "" {
		if err := transport.CheckPath(trimmed); err != nil {
			return nil, fmt.Errorf("the base URL's path: %w", err)
		}
	}
	origin := url.URL{Scheme: base.Scheme, Host: base.Host} // which escapes the zone of an address, like [fe80::1%25eth0], anew
	return url.Parse(origin.String() + trimmed)
}

// hasStrayColon holds every program to the rule of Go 1.26: in one that states an older version net/url takes https://host:a:1.
func hasStrayColon(u *url.URL) bool {
	return strings.Contains(u.Hostname(), ":") && !strings.HasPrefix(u.Host, "[")
}

func isPort(port string) bool {
	_, err := strconv.ParseUint(port, 10, 16)
	return port == "" || err == nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}
