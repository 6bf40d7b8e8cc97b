package whatspie

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/whatspie-go/whatspie/internal/transport"
)

func newSettings(token string, opts []Option) (*settings, error) {
	s := &settings{
		baseURL:      DefaultBaseURL,
		pollInterval: defaultPollInterval,
		config: transport.Config{
			HTTPClient:     http.DefaultClient,
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
	if s.config.Token == nil {
		if err := transport.CheckToken(token); err != nil {
			return nil, err
		}
		s.config.Token = func(context.Context) (string, error) { return token, nil }
	}
	s.config.Policy = s.retry.merged()
	base, err := parseBaseURL(s.baseURL, s.insecureHTTP)
	s.config.Base = base
	return s, err
}

// pollTimeout is the attempt timeout of a poll. It is shorter than that of a call, so that a hanging poll does not delay
// the next ones for long.
func (s *settings) pollTimeout() time.Duration {
	return min(3*s.pollInterval, s.config.AttemptTimeout)
}

// merged applies the defaults. If only one of MinWait and MaxWait is set, the other's default yields to it.
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

// DefaultBaseURL is the address of the API.
const DefaultBaseURL = "https://api.whatspie.com"

// parseBaseURL does not repeat the URL in errors: it may contain a password.
func parseBaseURL(raw string, insecure bool) (*url.URL, error) {
	base, err := url.Parse(raw)
	switch {
	case err != nil || hasStrayColon(base) || !isPort(base.Port()):
		return nil, errors.New("the base URL cannot be parsed")
	case base.User != nil:
		return nil, errors.New("the base URL contains user information, but the token is the only credential")
	case base.Scheme != "https" && base.Scheme != "http" || base.Hostname() == "":
		return nil, errors.New("the base URL needs a scheme (https) and a host, such as " + DefaultBaseURL)
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
	origin := url.URL{Scheme: base.Scheme, Host: base.Host} // re-escapes the zone in an address like [fe80::1%25eth0]
	return url.Parse(origin.String() + trimmed)
}

// hasStrayColon applies the rule of Go 1.26 to every program: net/url accepts https://host:a:1 if go.mod states an
// older version.
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
