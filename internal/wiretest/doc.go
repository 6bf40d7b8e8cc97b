// Package wiretest helps to test the client through its public surface: it creates clients whose transport returns
// scripted responses, records their requests, and checks their errors. Every test package that uses it calls [Main].
package wiretest
