package main

import (
	"context"
	"net/http"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/whatspie-go/whatspie/examples/internal/demotest"
	"github.com/whatspie-go/whatspie/whatspietest"
)

func TestMetrics(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	printed := make(chan string, 1)
	url := regexp.MustCompile(`http://\S+/metrics`)
	environment := demotest.Environment{Print: func(all string) { printed <- url.FindString(all) }}
	ended := make(chan demotest.Result, 1)
	go func() { ended <- demotest.Run(ctx, t, run, environment, "-every", "1h") }()

	status, metrics := demotest.Fetch(t, <-printed, "")
	assert.Equal(t, http.StatusOK, status)
	for _, want := range []string{
		`whatspie_request_duration_seconds_count{code="200",operation="GET /devices"} 1`,
		`whatspie_request_duration_seconds_count{code="503",operation="GET /devices"} 1`,
		`whatspie_request_duration_seconds_count{code="200",operation="GET /devices/{id}"} 1`,
		`whatspie_request_duration_seconds_bucket{code="200",operation="GET /devices/{id}",le="0.005"}`,
	} {
		assert.Contains(t, metrics, want)
	}
	stop()
	assert.Equal(t, 130, (<-ended).Code)
}

func TestMetrics_failures(t *testing.T) {
	t.Parallel()
	srv := whatspietest.NewServer()
	srv.Close()
	got := demotest.Run(t.Context(), t, run, demotest.With(srv))
	assert.Equal(t, 1, got.Code)
	assert.Contains(t, got.Stderr, "connection refused")
	assert.Equal(t, 2, demotest.Run(t.Context(), t, run, demotest.Environment{}, "-every", "0s").Code)
}
