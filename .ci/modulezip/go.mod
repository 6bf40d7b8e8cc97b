module github.com/whatspie-go/whatspie/.ci/modulezip

go 1.25.0

require golang.org/x/mod v0.30.0
