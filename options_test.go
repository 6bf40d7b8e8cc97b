package whatspie_test

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"math"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
)

func TestTokenSourceIsAskedPerAttempt(t *testing.T) {
	t.Parallel()
	s := wiretest.NewScript(wiretest.Reply{Status: 503}, wiretest.Fail(io.ErrUnexpectedEOF), wiretest.OK(wiretest.Fixture(t, "get_device_200.json")), wiretest.OK(wiretest.Fixture(t, "get_device_200.json")))
	client, err := whatspie.NewClient("", wiretest.NoWaits, wiretest.WithTransport(s),
		whatspie.WithTokenSource(wiretest.TokensInOrder("token-1", "token-2", "token-3", "token-4")))
	require.NoError(t, err)
	for range 2 {
		_, err = client.Devices.Get(t.Context(), 7)
		require.NoError(t, err)
	}
	assert.Equal(t, []string{"Bearer token-1", "Bearer token-2", "Bearer token-3", "Bearer token-4"}, wiretest.Authorizations(s.Requests()))
}

// A rotated token is used by the next call; a rejected request is not repeated.
func TestUnauthorizedIsNotRetried(t *testing.T) {
	t.Parallel()
	s := wiretest.NewScript(wiretest.Reply{Status: 401, Body: wiretest.Fixture(t, "unauthorized_401.json")}, wiretest.OK(wiretest.Fixture(t, "get_device_200.json")))
	client := s.Client(t, wiretest.NoWaits, whatspie.WithTokenSource(wiretest.TokensInOrder("revoked", "rotated")))
	_, err := client.Devices.Get(t.Context(), 7)
	wiretest.AssertSentinels(t, err, whatspie.ErrUnauthorized)
	assert.Len(t, s.Requests(), 1)
	_, err = client.Devices.Get(t.Context(), 7)
	require.NoError(t, err)
	assert.Equal(t, []string{"Bearer revoked", "Bearer rotated"}, wiretest.Authorizations(s.Requests()))
}

func TestTokenSourceMayFail(t *testing.T) {
	t.Parallel()
	vault := errors.New("vault is sealed")
	s := wiretest.NewScript(wiretest.OK("{}"))
	client := s.Client(t, whatspie.WithTokenSource(func(context.Context) (string, error) { return "", vault }))
	for name, call := range wiretest.Calls(client) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := call(t.Context())
			require.ErrorIs(t, err, vault)
			wiretest.AssertSentinels(t, err)
			require.ErrorContains(t, err, ": token source failed: vault is sealed")
			assert.Zero(t, wiretest.APIError(t, err).Attempts)
			assert.Empty(t, s.Requests())
		})
	}
}

func TestLimiterHoldsEveryAttemptBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		limiter := wiretest.LimiterFunc(func(ctx context.Context) error {
			select {
			case <-time.After(time.Minute): // longer than an attempt timeout, which must not cover this wait
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
		s := wiretest.NewScript(wiretest.Reply{Status: 503}, wiretest.OK(`{"data":[]}`))
		start := time.Now()
		_, err := s.Client(t, wiretest.NoWaits, whatspie.WithLimiter(limiter)).Devices.List(t.Context())
		require.NoError(t, err)
		assert.Equal(t, 2*time.Minute, time.Since(start).Truncate(time.Second))

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err = s.Client(t, whatspie.WithLimiter(limiter)).Devices.List(ctx)
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
}

func TestLimiterMayRefuse(t *testing.T) {
	t.Parallel()
	over := errors.New("rate: Wait(n=1) would exceed context deadline")
	s := wiretest.NewScript(wiretest.OK("{}"))
	client := s.Client(t, whatspie.WithLimiter(wiretest.LimiterFunc(func(context.Context) error { return over })))
	_, err := client.Devices.Create(t.Context(), wiretest.NewDevice)
	require.ErrorIs(t, err, over)
	wiretest.AssertSentinels(t, err)
	assert.Empty(t, s.Requests())
	require.EqualError(t, err, "whatspie: POST /devices: limiter refused: "+over.Error())
}

// A release is a heading of the changelog, and Version.
func TestVersionIsThatOfTheChangelog(t *testing.T) {
	t.Parallel()
	changelog, err := fs.ReadFile(wiretest.Module(t), "CHANGELOG.md")
	require.NoError(t, err)
	newest := regexp.MustCompile(`(?m)^## \[(\d[^\]]*)\]`).FindSubmatch(changelog)
	require.Len(t, newest, 2)
	assert.Equal(t, whatspie.Version, string(newest[1]))
}

func TestOptionsValidate(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		option whatspie.Option
		want   string
	}{
		"nil option":               {nil, "an option is nil"},
		"nil HTTP client":          {whatspie.WithHTTPClient(nil), "WithHTTPClient: the client is nil"},
		"nil token source":         {whatspie.WithTokenSource(nil), "WithTokenSource: the source is nil"},
		"nil limiter":              {whatspie.WithLimiter(nil), "WithLimiter: the limiter is nil"},
		"nil logger":               {whatspie.WithLogger(nil), "WithLogger: the logger is nil"},
		"negative attempts":        {whatspie.WithRetry(whatspie.RetryPolicy{MaxAttempts: -1}), "WithRetry: a field is negative"},
		"negative MinWait":         {whatspie.WithRetry(whatspie.RetryPolicy{MinWait: -1}), "WithRetry: a field is negative"},
		"negative MaxWait":         {whatspie.WithRetry(whatspie.RetryPolicy{MaxWait: -1}), "WithRetry: a field is negative"},
		"negative MaxRetryAfter":   {whatspie.WithRetry(whatspie.RetryPolicy{MaxRetryAfter: -1}), "WithRetry: a field is negative"},
		"budget below unlimited":   {whatspie.WithRetry(whatspie.RetryPolicy{Budget: -2}), "WithRetry: a field is negative"},
		"MinWait beyond MaxWait":   {whatspie.WithRetry(whatspie.RetryPolicy{MinWait: 2, MaxWait: 1}), "MinWait 2ns is longer than MaxWait 1ns"},
		"no attempt timeout":       {whatspie.WithAttemptTimeout(0), "WithAttemptTimeout: 0s is not positive"},
		"negative attempt timeout": {whatspie.WithAttemptTimeout(-time.Second), "WithAttemptTimeout: -1s is not positive"},
		"empty user agent":         {whatspie.WithUserAgent(""), "WithUserAgent: the text is blank"},
		"blank user agent":         {whatspie.WithUserAgent(" \t"), "WithUserAgent: the text is blank"},
		"user agent of two lines":  {whatspie.WithUserAgent("a\r\nX-Evil: b"), "WithUserAgent: the text is blank or contains a control character"},
		"no bytes":                 {whatspie.WithMaxResponseBytes(0), "WithMaxResponseBytes: 0 is out of range"},
		"negative bytes":           {whatspie.WithMaxResponseBytes(-1), "WithMaxResponseBytes: -1 is out of range"},
		"bytes that overflow":      {whatspie.WithMaxResponseBytes(math.MaxInt64), "is out of range"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, err := whatspie.NewClient(wiretest.Token, test.option)
			require.ErrorContains(t, err, test.want)
			assert.True(t, strings.HasPrefix(err.Error(), "whatspie: "), err)
			assert.Nil(t, client)
		})
	}
}
