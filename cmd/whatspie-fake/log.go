package main

import (
	"bufio"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// logRequests logs each request. It omits the query and the headers, which may contain credentials.
func logRequests(logger *slog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		rec := &recorder{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(rec, r)
		result := slog.Int("status", rec.status)
		if rec.cut {
			result = slog.Bool("cut", true)
		}
		logger.LogAttrs(r.Context(), slog.LevelInfo, "request",
			slog.String("method", r.Method), slog.String("path", r.URL.Path), result,
			slog.Duration("duration", time.Since(start).Round(time.Microsecond)))
	})
}

// recorder is a ResponseWriter that records the status, or that the connection was cut.
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

// Hijack records that the connection is cut, because the fake hijacks connections for no other reason.
func (r *recorder) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	r.cut = true
	return http.NewResponseController(r.ResponseWriter).Hijack()
}

// Unwrap gives http.ResponseController access to Flush.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
