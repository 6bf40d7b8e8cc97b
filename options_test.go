package whatspie_test

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"math"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
	"github.com/whatspie-go/whatspie/whatspietest"
)

// The newest release in the changelog is Version.
func TestVersion_matchesChangelog(t *testing.T) {
	t.Parallel()
	changelog, err := fs.ReadFile(wiretest.Module(t), "CHANGELOG.md")
	require.NoError(t, err)
	newest := regexp.MustCompile(`(?m)^## \[(\d[^\]]*)\]`).FindSubmatch(changelog)
	require.Len(t, newest, 2)
	assert.Equal(t, whatspie.Version, string(newest[1]))
}

// A change to the caller's http.Client after NewClient has no effect.
func TestWithHTTPClient_copiesClient(t *testing.T) {
	t.Parallel()
	srv := whatspietest.NewServer(whatspietest.WithoutSocket())
	t.Cleanup(srv.Close)
	httpClient := &http.Client{Transport: srv.Transport()}
	client := srv.Client(whatspie.WithHTTPClient(httpClient))
	httpmock.ActivateNonDefault(httpClient)
	_, err := client.Devices.List(t.Context())
	require.NoError(t, err)
	assert.Zero(t, httpmock.GetTotalCallCount())
	assert.Len(t, srv.Requests(), 1)
}

func TestWithTokenSource_isCalledPerAttempt(t *testing.T) {
	t.Parallel()
	device := wiretest.OK(wiretest.Fixture(t, "get_device_200.json"))
	s := wiretest.NewScript(wiretest.Reply{Status: 503}, wiretest.Fail(io.ErrUnexpectedEOF), device, device)
	client, err := whatspie.NewClient("", wiretest.NoWaits, wiretest.WithTransport(s),
		whatspie.WithTokenSource(wiretest.TokensInOrder("token-1", "token-2", "token-3", "token-4")))
	require.NoError(t, err)
	for range 2 {
		_, err = client.Devices.Get(t.Context(), 7)
		require.NoError(t, err)
	}
	want := []string{"Bearer token-1", "Bearer token-2", "Bearer token-3", "Bearer token-4"}
	assert.Equal(t, want, wiretest.Authorizations(s.Requests()))
}

// A call with a rejected token is not retried; the next call uses the new token.
func TestWithTokenSource_rotatedTokenAfter401(t *testing.T) {
	t.Parallel()
	s := wiretest.NewScript(
		wiretest.Reply{Status: 401, Body: wiretest.Fixture(t, "unauthorized_401.json")},
		wiretest.OK(wiretest.Fixture(t, "get_device_200.json")),
	)
	client := s.Client(t, wiretest.NoWaits, whatspie.WithTokenSource(wiretest.TokensInOrder("revoked", "rotated")))
	_, err := client.Devices.Get(t.Context(), 7)
	wiretest.AssertSentinels(t, err, whatspie.ErrUnauthorized)
	assert.Len(t, s.Requests(), 1)
	_, err = client.Devices.Get(t.Context(), 7)
	require.NoError(t, err)
	assert.Equal(t, []string{"Bearer revoked", "Bearer rotated"}, wiretest.Authorizations(s.Requests()))
}

func TestWithTokenSource_contextEndsMeanwhile(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	s := wiretest.NewScript()
	client := s.Client(t, whatspie.WithTokenSource(func(context.Context) (string, error) {
		cancel()
		return wiretest.Token, nil
	}))
	_, err := client.Devices.Get(ctx, 1)
	require.ErrorIs(t, err, context.Canceled)
	assert.Empty(t, s.Requests())
	assert.True(t, wiretest.APIError(t, err).Retryable(), "as if the context had ended before the call")
}

func TestWithTokenSource_errorEndsCall(t *testing.T) {
	t.Parallel()
	cause := errors.New("vault is sealed")
	s := wiretest.NewScript(wiretest.OK("{}"))
	client := s.Client(t, whatspie.WithTokenSource(func(context.Context) (string, error) { return "", cause }))
	for name, call := range wiretest.Calls(client) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := call(t.Context())
			require.ErrorIs(t, err, cause)
			wiretest.AssertSentinels(t, err)
			require.ErrorContains(t, err, ": token source failed: vault is sealed")
			assert.Zero(t, wiretest.APIError(t, err).Attempts)
			assert.Empty(t, s.Requests())
		})
	}
}

func TestWithAttemptTimeout_limitsEachAttempt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		s := wiretest.NewScript(wiretest.Reply{Stall: true})
		client := s.Client(t, wiretest.NoWaits, whatspie.WithAttemptTimeout(time.Minute))
		_, err := client.Devices.Get(t.Context(), 7)
		require.EqualError(t, err, "whatspie: GET /devices/7: no response: attempt timed out (4 attempts)")
		assert.Equal(t, 4*time.Minute, time.Since(start).Truncate(time.Second))
	})
}

func TestWithLimiter_delaysEveryAttempt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		limiter := wiretest.LimiterFunc(func(ctx context.Context) error {
			select {
			case <-time.After(time.Minute): // longer than the attempt timeout, which does not include this wait
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

func TestWithLimiter_errorEndsCall(t *testing.T) {
	t.Parallel()
	cause := errors.New("rate: Wait(n=1) would exceed context deadline")
	s := wiretest.NewScript(wiretest.OK("{}"))
	limiter := wiretest.LimiterFunc(func(context.Context) error { return cause })
	client := s.Client(t, whatspie.WithLimiter(limiter))
	_, err := client.Devices.Create(t.Context(), wiretest.NewDevice)
	require.ErrorIs(t, err, cause)
	wiretest.AssertSentinels(t, err)
	assert.Empty(t, s.Requests())
	require.EqualError(t, err, "whatspie: POST /devices: limiter refused: "+cause.Error())
}

func TestWithMaxResponseBytes_limitsResponse(t *testing.T) {
	t.Parallel()
	const body = `{"data":[]}`
	for limit, want := range map[int64]error{
		int64(len(body)):     nil,
		int64(len(body)) - 1: whatspie.ErrResponseTooLarge,
		1:                    whatspie.ErrResponseTooLarge,
	} {
		s := wiretest.NewScript(wiretest.OK(body))
		_, err := s.Client(t, wiretest.NoWaits, whatspie.WithMaxResponseBytes(limit)).Devices.List(t.Context())
		require.ErrorIs(t, err, want)
		assert.Len(t, s.Requests(), 1)
		if want != nil {
			wiretest.AssertSentinels(t, err, whatspie.ErrResponseTooLarge, whatspie.ErrUnexpectedResponse)
			assert.Equal(t, body[:limit], string(wiretest.APIError(t, err).Body))
			assert.False(t, wiretest.APIError(t, err).Retryable())
		}
	}
	// An endless response is not read to the end.
	endless := wiretest.ReaderFunc(func(p []byte) (int, error) { return len(p), nil })
	for _, status := range []int{200, 404} {
		s := wiretest.NewScript(wiretest.Reply{Status: status, Stream: endless})
		_, err := s.Client(t, whatspie.WithMaxResponseBytes(1<<20)).Devices.List(t.Context())
		assert.Equal(t, status, wiretest.APIError(t, err).StatusCode)
	}
}

// Content-Length may be false, so no memory is reserved for it.
func TestWithMaxResponseBytes_ignoresContentLength(t *testing.T) {
	t.Parallel()
	transport := wiretest.RoundTripFunc(func(request *http.Request) (*http.Response, error) {
		response, err := wiretest.NewScript(wiretest.OK(`{"data":[]}`)).RoundTrip(request)
		response.ContentLength = math.MaxInt64 - 1
		return response, err
	})
	client := wiretest.NewClient(t, wiretest.WithTransport(transport), whatspie.WithMaxResponseBytes(math.MaxInt64-1))
	devices, err := client.Devices.List(t.Context())
	require.NoError(t, err)
	assert.Empty(t, devices)
}

func TestWithPollInterval_limits(t *testing.T) {
	t.Parallel()
	for interval, valid := range map[time.Duration]bool{
		-1: false, 0: false, 20: false, time.Second - 1: false, time.Second: true,
		24 * time.Hour: true, 24*time.Hour + 1: false, math.MaxInt64: false,
	} {
		_, err := whatspie.NewClient(wiretest.Token, whatspie.WithPollInterval(interval))
		assert.Equal(t, valid, err == nil, "%v: %v", interval, err)
	}
}

func TestOptions_rejectInvalidValues(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		option whatspie.Option
		want   string
	}{
		"nil option":                 {nil, "an option is nil"},
		"nil HTTP client":            {whatspie.WithHTTPClient(nil), "WithHTTPClient: the client is nil"},
		"nil token source":           {whatspie.WithTokenSource(nil), "WithTokenSource: the source is nil"},
		"nil limiter":                {whatspie.WithLimiter(nil), "WithLimiter: the limiter is nil"},
		"nil logger":                 {whatspie.WithLogger(nil), "WithLogger: the logger is nil"},
		"nil drift handler":          {whatspie.WithDriftHandler(nil), "WithDriftHandler: the handler is nil"},
		"negative attempts":          {whatspie.WithRetry(whatspie.RetryPolicy{MaxAttempts: -1}), "WithRetry: MaxAttempts is negative"},
		"negative MinWait":           {whatspie.WithRetry(whatspie.RetryPolicy{MinWait: -1}), "WithRetry: MinWait is negative"},
		"negative MaxWait":           {whatspie.WithRetry(whatspie.RetryPolicy{MaxWait: -1}), "WithRetry: MaxWait is negative"},
		"negative MaxRetryAfter":     {whatspie.WithRetry(whatspie.RetryPolicy{MaxRetryAfter: -1}), "WithRetry: MaxRetryAfter is negative"},
		"budget below NoRetryBudget": {whatspie.WithRetry(whatspie.RetryPolicy{Budget: -2}), "WithRetry: Budget is -2"},
		"MinWait above MaxWait": {
			whatspie.WithRetry(whatspie.RetryPolicy{MinWait: 2, MaxWait: 1}),
			"MinWait 2ns is longer than MaxWait 1ns",
		},
		"zero attempt timeout":     {whatspie.WithAttemptTimeout(0), "WithAttemptTimeout: 0s is not positive"},
		"negative attempt timeout": {whatspie.WithAttemptTimeout(-time.Second), "WithAttemptTimeout: -1s is not positive"},
		"empty user agent":         {whatspie.WithUserAgent(""), "WithUserAgent: the text is blank"},
		"blank user agent":         {whatspie.WithUserAgent(" \t"), "WithUserAgent: the text is blank"},
		"user agent with line break": {
			whatspie.WithUserAgent("a\r\nX-Evil: b"),
			"WithUserAgent: the text is blank or contains a control character",
		},
		"zero bytes":          {whatspie.WithMaxResponseBytes(0), "WithMaxResponseBytes: 0 is out of range"},
		"negative bytes":      {whatspie.WithMaxResponseBytes(-1), "WithMaxResponseBytes: -1 is out of range"},
		"maximum int64 bytes": {whatspie.WithMaxResponseBytes(math.MaxInt64), "is out of range"},
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
