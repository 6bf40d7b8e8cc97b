package main

import (
	"bufio"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// logRequests logs each request, without the query and the headers, which may hold credentials.
func logRequests(logger *slog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		out := &recorder{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(out, r)
		outcome := slog.Int("status", out.status)
		if out.cut {
			outcome = slog.Bool("cut", true)
		}
		logger.LogAttrs(r.Context(), slog.LevelInfo, "request",
			slog.String("method", r.Method), slog.String("path", r.URL.Path), outcome,
			slog.Duration("duration", time.Since(began).Round(time.Microsecond)))
	})
}

// recorder records the outcome of a request.
type recorder struct {
	http.ResponseWriter

	status int
	cut    bool
}

// WriteHeader records the status.
func (r *recorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

// Hijack records a cut connection, the only reason for which the fake hijacks.
func (r *recorder) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	r.cut = true
	return http.NewResponseController(r.ResponseWriter).Hijack()
}

// Unwrap gives http.ResponseController access to Flush.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
