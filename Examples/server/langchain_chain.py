#!/usr/bin/env python3
"""A chain of LangChain's over several inputs at a time, which the server answers together.

    OPENAI_BASE_URL=http://127.0.0.1:8000/v1 OPENAI_API_KEY=none Examples/server/langchain_chain.py
"""
import os

from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_openai import ChatOpenAI
import openai

# The first of the server's models, whatever it is.
name = next(iter(openai.OpenAI().models.list())).id
model = ChatOpenAI(model=name, base_url=os.environ["OPENAI_BASE_URL"], temperature=0, max_tokens=16)
chain = ChatPromptTemplate.from_messages([("human", "What is the capital of {country}?")]) | model | StrOutputParser()
countries = ["France", "Italy", "Spain", "Japan"]
for country, answer in zip(countries, chain.batch([{"country": country} for country in countries])):
    print(f"{country}: {answer}")
print("".join(chain.stream({"country": "Egypt"})))
