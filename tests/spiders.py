"""A spider of Scrapy that walks through Fleuve Emploi, as tests of crawls need one."""

import scrapy

HOME = "http://fleuve-emploi.example"


class Offers(scrapy.Spider):
    name = "offers"
    start_urls = (HOME + "/offres",)

    def parse(self, response):
        for link in response.css("article a"):
            yield response.follow(link, self.parse_offer)
        for link in response.css("a[rel=next]"):
            yield response.follow(link, self.parse)

    def parse_offer(self, response):
        yield {"address": response.url, "title": response.css("h1::text").get()}
