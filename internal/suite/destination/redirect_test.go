package destination_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
)

func urls(requests []wiretest.Request) []string {
	seen := make([]string, len(requests))
	for i, request := range requests {
		seen[i] = request.URL
	}
	return seen
}

func TestReadsFollowRedirectsWithinTheOrigin(t *testing.T) {
	t.Parallel()
	for location, want := range map[string]string{
		"/v2/devices/7":                         "https://api.whatspie.com/v2/devices/7",
		"https://api.whatspie.com/v2":           "https://api.whatspie.com/v2",
		"https://API.Whatspie.COM/v2":           "https://API.Whatspie.COM/v2",
		"https://api.whatspie.com:443/v2":       "https://api.whatspie.com:443/v2",
		"//api.whatspie.com/v2":                 "https://api.whatspie.com/v2",
		"https://api.whatspie.com/v2?next=%2F#": "https://api.whatspie.com/v2?next=%2F",
	} {
		for _, status := range []int{301, 302, 303, 307, 308} {
			t.Run(location+http.StatusText(status), func(t *testing.T) {
				t.Parallel()
				s := wiretest.NewScript(wiretest.Redirect(status, location), wiretest.OK(wiretest.Fixture(t, "get_device_200.json")))
				device, err := s.Client(t).Devices.Get(t.Context(), 7)
				require.NoError(t, err)
				assert.Equal(t, int64(5), device.ID)
				assert.Equal(t, []string{"https://api.whatspie.com/devices/7", want}, urls(s.Requests()))
				assert.Equal(t, []string{"Bearer " + wiretest.Token, "Bearer " + wiretest.Token}, wiretest.Authorizations(s.Requests()))
				s.AssertClosed(t, 2)
			})
		}
	}
}

// Redirects elsewhere are not followed, so the token cannot leak.
func TestNoRedirectLeavesTheOrigin(t *testing.T) {
	t.Parallel()
	for _, location := range []string{
		"https://evil.com/devices/7",
		"//evil.com/devices/7",
		"http://api.whatspie.com/devices/7",
		"http://api.whatspie.com:443/devices/7",
		"https://api.whatspie.com:8443/devices/7",
		"https://api.whatspie.com.evil.com/",
		"https://sub.api.whatspie.com/",
		"https://whatspie.com/",
		"https://user@api.whatspie.com/devices/7",
		"https://user:pass@api.whatspie.com/devices/7",
		"https://api.whatspie.com@evil.com/",
		"ftp://api.whatspie.com/",
		"javascript:alert(1)",
		"https://api.what\u017fpie.com/", // a long s, which is an s to those who fold case
	} {
		for _, status := range []int{301, 302, 303, 307, 308} {
			t.Run(location+http.StatusText(status), func(t *testing.T) {
				t.Parallel()
				s := wiretest.NewScript(wiretest.Redirect(status, location))
				_, err := s.Client(t, wiretest.NoWaits).Devices.Get(t.Context(), 7)
				wiretest.AssertSentinels(t, err, whatspie.ErrUnexpectedResponse)
				failed := wiretest.APIError(t, err)
				assert.Equal(t, status, failed.StatusCode)
				assert.Equal(t, location, failed.Header.Get("Location"))
				assert.Equal(t, "<html>moved</html>", string(failed.Body))
				assert.Equal(t, 1, failed.Attempts)
				assert.False(t, failed.Retryable())
				require.ErrorContains(t, err, "redirect not followed")
				assert.Len(t, s.Requests(), 1, "the token went nowhere else")
				s.AssertClosed(t, 1)
			})
		}
	}
}

func TestDefaultPortsAreTheSameOrigin(t *testing.T) {
	t.Parallel()
	for base, location := range map[string]string{
		"http://localhost":      "http://localhost:80/x",
		"http://localhost:80":   "http://localhost/x",
		"https://localhost:443": "https://localhost/x",
	} {
		s := wiretest.NewScript(wiretest.Redirect(302, location), wiretest.OK(`{"data":[]}`))
		_, err := s.Client(t, whatspie.WithBaseURL(base)).Devices.List(t.Context())
		require.NoError(t, err)
		assert.Equal(t, location, s.Requests()[1].URL)
	}
}

// A second redirect must not leave the origin either.
func TestNoLaterRedirectLeavesTheOrigin(t *testing.T) {
	t.Parallel()
	s := wiretest.NewScript(wiretest.Redirect(302, "/here"), wiretest.Redirect(302, "https://evil.com/"))
	_, err := s.Client(t).Devices.List(t.Context())
	require.ErrorIs(t, err, whatspie.ErrUnexpectedResponse)
	assert.Equal(t, []string{"https://api.whatspie.com/devices", "https://api.whatspie.com/here"}, urls(s.Requests()))
}

func TestRedirectLoopsAreBounded(t *testing.T) {
	t.Parallel()
	for name, call := range map[string]string{"get": http.MethodGet, "head": http.MethodHead} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := wiretest.NewScript(wiretest.Redirect(302, "/devices"))
			err := s.Client(t, wiretest.NoWaits).Call(t.Context(), call, "/devices", nil, nil)
			wiretest.AssertSentinels(t, err, whatspie.ErrUnexpectedResponse)
			assert.Len(t, s.Requests(), 4, "three redirects at most")
			assert.Equal(t, 1, wiretest.APIError(t, err).Attempts)
		})
	}
}

func TestWritesNeverFollowARedirect(t *testing.T) {
	t.Parallel()
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		for _, status := range []int{300, 301, 302, 303, 304, 307, 308} {
			t.Run(method+http.StatusText(status), func(t *testing.T) {
				t.Parallel()
				s := wiretest.NewScript(wiretest.Redirect(status, "/devices"), wiretest.OK(wiretest.Fixture(t, "get_device_200.json")))
				err := s.Client(t, wiretest.NoWaits).Call(t.Context(), method, "/devices", map[string]int{"a": 1}, nil)
				wiretest.AssertSentinels(t, err, whatspie.ErrOutcomeUnknown)
				assert.Equal(t, status, wiretest.APIError(t, err).StatusCode)
				assert.False(t, wiretest.APIError(t, err).Retryable())
				assert.Len(t, s.Requests(), 1)
			})
		}
	}
}

func TestTheCallersRedirectRuleNarrowsOurs(t *testing.T) {
	t.Parallel()
	stay := errors.New("stay here")
	for name, test := range map[string]struct {
		theirs   error
		location string
		asked    int
		status   int
		want     error
	}{
		"allows":                 {nil, "/there", 1, 200, nil},
		"refuses":                {stay, "/there", 1, 302, stay},
		"hands the answer back":  {http.ErrUseLastResponse, "/there", 1, 302, whatspie.ErrUnexpectedResponse},
		"is not asked elsewhere": {nil, "https://evil.com", 0, 302, whatspie.ErrUnexpectedResponse},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, asked := wiretest.NewScript(wiretest.Redirect(302, test.location), wiretest.OK(`{"data":[]}`)), 0
			theirs := &http.Client{Transport: s, CheckRedirect: func(_ *http.Request, via []*http.Request) error {
				asked++
				assert.Len(t, via, 1)
				return test.theirs
			}}
			var response whatspie.Response
			_, err := wiretest.NewClient(t, wiretest.NoWaits, whatspie.WithHTTPClient(theirs)).Devices.List(t.Context(), whatspie.WithResponse(&response))
			require.ErrorIs(t, err, test.want)
			if test.want != nil {
				require.ErrorContains(t, err, "redirect not followed")
			}
			assert.Equal(t, test.asked, asked)
			assert.Equal(t, test.status, response.StatusCode)
			assert.Equal(t, 1, response.Attempts, "their rule will not change its mind")
		})
	}
}

// net/http would discard this response and keep only the Location, which may be a QR link.
func TestALocationThatCannotBeParsedIsAnUnexpectedAnswer(t *testing.T) {
	t.Parallel()
	s := wiretest.NewScript(wiretest.Redirect(302, "//codes.example.com/%zz?signature=abc"))
	_, err := s.Client(t, wiretest.NoWaits).Devices.QR(t.Context(), 7)
	wiretest.AssertSentinels(t, err, whatspie.ErrUnexpectedResponse)
	failed := wiretest.APIError(t, err)
	assert.Equal(t, 302, failed.StatusCode)
	assert.Empty(t, failed.Header.Get("Location"))
	require.EqualError(t, err, "whatspie: GET /devices/7/qr: 302 Found: redirect not followed (1 attempt)")
	s.AssertClosed(t, 1)
}

func TestALocationOfNoRedirectStaysAsItCame(t *testing.T) {
	t.Parallel()
	s := wiretest.NewScript(wiretest.Reply{Status: 200, Header: http.Header{"Location": {"http://[::1"}}, Body: `{"status":200,"data":[]}`})
	var response whatspie.Response
	_, err := s.Client(t).Devices.List(t.Context(), whatspie.WithResponse(&response))
	require.NoError(t, err)
	assert.Equal(t, "http://[::1", response.Header.Get("Location"))
}
