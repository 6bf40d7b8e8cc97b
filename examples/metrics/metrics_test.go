package main

import (
	"context"
	"io"
	"net/http"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie/examples/internal/demotest"
	"github.com/whatspie-go/whatspie/whatspietest"
)

func TestMetrics(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	announced := make(chan string, 1)
	url := regexp.MustCompile(`http://\S+/metrics`)
	printed := func(all string) { announced <- url.FindString(all) }
	ended := make(chan demotest.Result, 1)
	go func() { ended <- demotest.Run(ctx, t, run, demotest.Setting{Print: printed}) }()

	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, <-announced, http.NoBody)
	require.NoError(t, err)
	request.Close = true
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	scraped, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	for _, want := range []string{
		`whatspie_request_duration_seconds_count{operation="GET /devices",status="200"} 1`,
		`whatspie_request_duration_seconds_count{operation="GET /devices",status="503"} 1`,
		`whatspie_request_duration_seconds_count{operation="GET /devices/{id}",status="200"} 1`,
		`whatspie_request_duration_seconds_bucket{operation="GET /devices/{id}",status="200",le="0.005"}`,
	} {
		assert.Contains(t, string(scraped), want)
	}
	stop()
	assert.Equal(t, 130, (<-ended).Code)
}

func TestMetricsOfARequestWithoutResponse(t *testing.T) {
	t.Parallel()
	srv := whatspietest.NewServer()
	srv.Close()
	got := demotest.Run(t.Context(), t, run, demotest.With(srv))
	assert.Equal(t, 1, got.Code)
	assert.Contains(t, got.Stderr, "connection refused")
	assert.Equal(t, 2, demotest.Run(t.Context(), t, run, demotest.Setting{}, "-every", "0s").Code)
}
